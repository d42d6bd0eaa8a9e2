package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/draft"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// A KeptDraft is a draft that is kept with its samples until a data set is made of it.
type KeptDraft struct {
	ID        string    `json:"id"`
	State     string    `json:"state" enum:"open,created"`
	DatasetID string    `json:"dataset_id" doc:"That the data set has or would have"`
	Title     string    `json:"title"`
	Version   string    `json:"version" doc:"Give it back with a change. 409 when somebody has changed the draft since"`
	Undo      bool      `json:"undo" doc:"There is a change to be undone"`
	Samples   []string  `json:"samples" nullable:"false" doc:"Names of the files; none once they were sent as data"`
	By        DutyActor `json:"by"`
	Started   string    `json:"started" format:"date-time"`
	Changed   string    `json:"changed" format:"date-time" doc:"A draft that nobody touches for 30 days goes, with its samples"`
}

// DraftNamed names a kept draft.
type DraftNamed struct {
	ID string `path:"id" maxLength:"60" doc:"Id of the draft"`
}

// newestDrafts is how many drafts are listed.
const newestDrafts = 100

type keptDraftList struct {
	Body struct {
		Items []KeptDraft `json:"items" nullable:"false" doc:"The newest 100 that the caller may see"`
	}
}

type batchesSent struct {
	Body struct {
		Items []Batch `json:"items" nullable:"false" doc:"One for each file and table"`
	}
}

func (s *Server) keptDraftRoutes() {
	if s.Drafts == nil {
		return
	}
	need := door.Of(policy.Draft, policy.KindContract)
	op := func(id, method, path, vi, en, more string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: Prefix + path, Summary: vi + " / " + en, Description: more, Tags: []string{"datasets"}, DefaultStatus: http.StatusOK}
	}
	register(s, need, op("list-drafts", http.MethodGet, "/drafts", "Các dự thảo đang làm", "Drafts that are kept", "A draft shows rows of its samples: who began it sees it, and those who put contracts into force."), func(ctx context.Context, _ *struct{}) (*keptDraftList, error) {
		list, err := s.Drafts.Newest(ctx, newestDrafts)
		out := &keptDraftList{}
		out.Body.Items = []KeptDraft{}
		for _, w := range list {
			out.Body.Items = append(out.Body.Items, *keptDraft(w))
		}
		return out, err
	})
	register(s, need, op("get-draft", http.MethodGet, "/drafts/{id}", "Một dự thảo", "One draft", ""), func(ctx context.Context, in *DraftNamed) (*proposalAnswer, error) {
		w, err := s.Drafts.Find(ctx, in.ID)
		return draftAnswer(w, err)
	})
	register(s, need, op("change-draft", http.MethodPatch, "/drafts/{id}", "Sửa dự thảo", "Change a draft", "What is left out stays."), func(ctx context.Context, in *struct {
		DraftNamed
		Body struct {
			Version string `json:"version" minLength:"1" maxLength:"100"`
			draft.Changes
		}
	}) (*proposalAnswer, error) {
		w, err := s.Drafts.Find(ctx, in.ID)
		if err == nil {
			w, err = s.Drafts.Edit(ctx, in.ID, in.Body.Version, in.Body.Apply)
		}
		return draftAnswer(w, err)
	})
	register(s, need, op("undo-draft-change", http.MethodPost, "/drafts/{id}/back", "Hoàn tác lần sửa cuối của dự thảo", "Undo the last change of a draft", "Done again, it brings the change back."), func(ctx context.Context, in *struct {
		DraftNamed
		Body struct {
			Version string `json:"version" minLength:"1" maxLength:"100"`
		}
	}) (*proposalAnswer, error) {
		w, err := s.Drafts.Find(ctx, in.ID)
		if err == nil {
			w, err = s.Drafts.Back(ctx, in.ID, in.Body.Version)
		}
		return draftAnswer(w, err)
	})
	discard := op("discard-draft", http.MethodDelete, "/drafts/{id}", "Bỏ dự thảo", "Throw a draft away, with its samples", "A data set that was made of it stays.")
	discard.DefaultStatus = http.StatusNoContent
	register(s, need, discard, func(ctx context.Context, in *DraftNamed) (*struct{}, error) {
		_, err := s.Drafts.Find(ctx, in.ID)
		if err == nil {
			err = s.Drafts.Discard(ctx, in.ID)
		}
		return nil, err
	})
	register(s, need, op("create-dataset", http.MethodPost, "/drafts/{id}/create", "Ban hành dự thảo: tạo bộ dữ liệu", "Make the data set of a draft", "The contract and its code lists come into force together, or not at all. For those who may change contracts."), func(ctx context.Context, in *struct {
		DraftNamed
		Body struct {
			Version string `json:"version" minLength:"1" maxLength:"100"`
		}
	}) (*proposalAnswer, error) {
		w, err := s.Drafts.Find(ctx, in.ID)
		if err == nil {
			err = s.Drafts.Create(ctx, w, in.Body.Version)
		}
		if err == nil {
			w, err = s.Drafts.Find(ctx, in.ID)
		}
		return draftAnswer(w, err)
	})
	send := op("send-draft-samples", http.MethodPost, "/drafts/{id}/send", "Gửi tệp mẫu làm dữ liệu", "Send the samples as data", "To the data set that was made of the draft, to be looked at and confirmed. The samples are then no longer kept here. For those who may send to it.")
	send.DefaultStatus = http.StatusAccepted
	register(s, need, send, func(ctx context.Context, in *DraftNamed) (*batchesSent, error) {
		w, err := s.Drafts.Find(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		all, err := s.Drafts.SendSamples(ctx, w)
		if err != nil {
			return nil, err
		}
		out := &batchesSent{}
		out.Body.Items = []Batch{}
		for _, st := range all {
			if st, err = s.shown(ctx, st); err != nil {
				return nil, err
			}
			out.Body.Items = append(out.Body.Items, BatchOf(locale.From(ctx), st))
		}
		return out, nil
	})
	register(s, door.Of(policy.EditContract, policy.KindContract), op("revoke-dataset", http.MethodPost, "/datasets/{id}/revoke", "Thu hồi bộ dữ liệu tạo từ dự thảo", "Take back a data set that was made of a draft", "Its contract and the code lists that came with it and nothing else uses are no longer in force; the draft can be worked on again."), func(ctx context.Context, in *struct {
		Addressed
		Body struct {
			Retire bool `json:"retire,omitempty" doc:"Also when it holds records: they stay, and are no longer shown. Otherwise 409"`
		}
	}) (*proposalAnswer, error) {
		w, _, err := s.Drafts.Revoke(ctx, in.ID, in.Body.Retire)
		return draftAnswer(w, err)
	})
}

// draftAnswer tells a kept draft, once err is nothing.
func draftAnswer(w *draft.Work, err error) (*proposalAnswer, error) {
	if err != nil {
		return nil, err
	}
	out := Proposal{Draft: w.Draft, Kept: keptDraft(w)}
	if err := out.say(w.Notes); err != nil {
		return nil, fmt.Errorf("draft %s: %w", w.ID, err)
	}
	return &proposalAnswer{out}, nil
}

func keptDraft(w *draft.Work) *KeptDraft {
	k := &KeptDraft{ID: w.ID, State: w.State, DatasetID: w.Draft.ID, Title: w.Draft.Title, Version: w.Version, Undo: w.Undo, Samples: []string{}, By: dutyActor(w.By),
		Started: stamped(w.Started), Changed: stamped(w.Changed)}
	for _, f := range w.Samples {
		k.Samples = append(k.Samples, f.Name)
	}
	return k
}
