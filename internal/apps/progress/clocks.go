package progress

import (
	"context"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/deadline"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/notify"
	"github.com/phohien/phohien/internal/foundation/store"
)

const proposed = "Đề xuất của nền tảng theo cách quy định kỳ báo cáo của Nghị định 09/2019/NĐ-CP"

// The clocks. Each reminds whoever owes it at 50 and 80 % of its time and says that it
// is overdue at 100 %.
var (
	// ClockSheet: a unit sends its sheet on the last working day before the cut.
	ClockSheet = deadline.Definition{
		ID: "KH-01", EventVi: "Ngày chốt số liệu của kỳ báo cáo tiến độ", EventEn: "The day on which the figures of a period are cut",
		DutyVi: "Gửi báo cáo tiến độ kế hoạch", DutyEn: "Send the sheet of progress", Direction: deadline.Before, Amount: 1, Unit: deadline.WorkingDays,
		Act: proposed, Sure: deadline.General,
	}
	// ClockApproval: its head decides.
	ClockApproval = deadline.Definition{
		ID: "KH-02", EventVi: "Báo cáo tiến độ được trình thủ trưởng đơn vị", EventEn: "A sheet of progress is put before the head of the unit",
		DutyVi: "Duyệt hoặc trả lại báo cáo tiến độ", DutyEn: "Approve the sheet or send it back", Direction: deadline.Within, Amount: 1, Unit: deadline.WorkingDays,
		Act: proposed, Sure: deadline.General,
	}
	// ClockMatter: the coordinator answers what a unit has raised, or hands it on.
	ClockMatter = deadline.Definition{
		ID: "KH-03", EventVi: "Đơn vị nêu khó khăn, vướng mắc hoặc đề xuất, kiến nghị", EventEn: "A unit raises a difficulty or a proposal",
		DutyVi: "Trả lời, hoặc trình cấp có thẩm quyền", DutyEn: "Answer, or hand on to who may decide", Direction: deadline.Within, Amount: 5, Unit: deadline.WorkingDays,
		Act: proposed, Sure: deadline.General,
	}
	// ClockClose: the coordinator closes the period.
	ClockClose = deadline.Definition{
		ID: "KH-04", EventVi: "Đến ngày chốt số liệu của kỳ báo cáo tiến độ", EventEn: "The day has come on which the figures of a period are cut",
		DutyVi: "Chốt số liệu kỳ báo cáo tiến độ", DutyEn: "Close the period", Direction: deadline.Within, Amount: 3, Unit: deadline.WorkingDays,
		Act: proposed, Sure: deadline.General,
	}
)

// Clocks are all of them.
func Clocks() []deadline.Definition {
	return []deadline.Definition{ClockSheet, ClockApproval, ClockMatter, ClockClose}
}

// mendDays are the working days in which a sheet is sent that came back, or was handed
// out when the day on which all were due was over.
const mendDays = 2

// startSheet sets the clock of a sheet: before the cut, and no fewer than mendDays from
// now.
func (s *Store) startSheet(ctx context.Context, tx *store.Tx, by actor.Actor, p *Period, org string) (*deadline.Deadline, error) {
	event := p.CutOn().Time()
	after, err := s.deadlines.AfterIn(ctx, tx, mendDays)
	if err != nil {
		return nil, err
	}
	if after.After(event) {
		event = after
	}
	m := p.Period.Words()
	return s.deadlines.StartIn(ctx, tx, by, deadline.Spec{
		Clock: ClockSheet.ID, Subject: deadline.Subject{Kind: SubjectKind, ID: string(p.Period), Path: SheetPath(p.Period, org)}, Org: org, Event: event,
		TitleVi: locale.Vi.T("progress.duty.sheet", m), TitleEn: locale.En.T("progress.duty.sheet", m),
	})
}

func (s *Store) startApproval(ctx context.Context, tx *store.Tx, by actor.Actor, p *Period, org string) (*deadline.Deadline, error) {
	m := p.Period.Words()
	return s.deadlines.StartIn(ctx, tx, by, deadline.Spec{
		Clock: ClockApproval.ID, Subject: deadline.Subject{Kind: SubjectKind, ID: string(p.Period), Path: SheetPath(p.Period, org)}, Org: org,
		TitleVi: locale.Vi.T("progress.duty.approve", m), TitleEn: locale.En.T("progress.duty.approve", m),
	})
}

// startClose sets the clock of closing from the cut on, or from now where that is over.
func (s *Store) startClose(ctx context.Context, tx *store.Tx, by actor.Actor, p *Period) (*deadline.Deadline, error) {
	at := p.CutOn().Time()
	if tx.Time.After(at) {
		at = tx.Time
	}
	m := p.Period.Words()
	return s.deadlines.StartIn(ctx, tx, by, deadline.Spec{
		Clock: ClockClose.ID, Subject: deadline.Subject{Kind: SubjectKind, ID: string(p.Period), Path: Path(p.Period)}, Org: p.Lead, At: at,
		TitleVi: locale.Vi.T("progress.duty.close", m), TitleEn: locale.En.T("progress.duty.close", m),
	})
}

func (s *Store) startMatter(ctx context.Context, tx *store.Tx, by actor.Actor, p *Period, m *Matter) (*deadline.Deadline, error) {
	return s.deadlines.StartIn(ctx, tx, by, deadline.Spec{
		Clock: ClockMatter.ID, Subject: deadline.Subject{Kind: SubjectKind, ID: string(p.Period), Path: MatterPath(p.Period, m.ID)}, Org: p.Lead,
		TitleVi: locale.Vi.T("progress.duty.matter", m.Code), TitleEn: locale.En.T("progress.duty.matter", m.Code),
	})
}

// done ends a clock whose duty is done; one that has ended, or was never started, stays
// as it is.
func (s *Store) done(ctx context.Context, tx *store.Tx, by actor.Actor, id string) error {
	if id == "" {
		return nil
	}
	if _, err := s.deadlines.DoneIn(ctx, tx, by, id); err != nil && !fault.Is(err, "deadline.ended") {
		return err
	}
	return nil
}

// callOff ends a clock whose duty is no more.
func (s *Store) callOff(ctx context.Context, tx *store.Tx, by actor.Actor, id, why string) error {
	if id == "" {
		return nil
	}
	if _, err := s.deadlines.CancelIn(ctx, tx, by, id, why); err != nil && !fault.Is(err, "deadline.ended") {
		return err
	}
	return nil
}

// tell writes a notice to an organisation.
func (s *Store) tell(ctx context.Context, tx *store.Tx, m Month, org, path string, severity notify.Severity, key string, args ...any) error {
	_, err := s.notices.PutIn(ctx, tx, notify.Notice{
		Org: org, Kind: SubjectKind, Severity: severity, TitleVi: locale.Vi.T(key, args...), TitleEn: locale.En.T(key, args...), Path: path,
		SubjectKind: SubjectKind, SubjectID: string(m),
	})
	return err
}
