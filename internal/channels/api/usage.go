package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/usagedesk"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/usage"
	"github.com/phohien/phohien/viet"
)

// A UsageLine is one use of personal data; whose it was is not in it.
type UsageLine struct {
	ID        string    `json:"id"`
	Time      string    `json:"time" format:"date-time"`
	Door      string    `json:"door"`
	Action    string    `json:"action"`
	By        DutyActor `json:"by"`
	Org       string    `json:"org"`
	Dataset   string    `json:"dataset"`
	Kinds     []string  `json:"kinds" nullable:"false" doc:"Kinds of personal data that were used"`
	Purpose   string    `json:"purpose" doc:"Code"`
	Text      string    `json:"text,omitempty" doc:"Of the purpose, in the words of who used it"`
	Basis     string    `json:"basis,omitempty" doc:"Legal basis"`
	Persons   int       `json:"persons" doc:"How many persons' data it was"`
	Forgotten int       `json:"forgotten,omitempty" doc:"How many of them were erased from the ledger since"`
	Trace     string    `json:"trace_id,omitempty"`
}

// A UsageTotal is how much an organisation used a data set; no person is in it.
type UsageTotal struct {
	Dataset string `json:"dataset"`
	Org     string `json:"org"`
	Kind    string `json:"kind" doc:"person, program, company, system"`
	Uses    int64  `json:"uses"`
	Persons int64  `json:"persons" doc:"Persons' data, added up over the uses"`
}

// UsageReason is why somebody reads the ledger; it stays in the ledger as a line.
type UsageReason struct {
	Purpose string `json:"purpose" minLength:"1" maxLength:"100" doc:"Code of a purpose of the policies"`
	Reason  string `json:"reason" minLength:"1" maxLength:"2000" doc:"In your words, such as the number of a request"`
}

func (u UsageReason) stated() usagedesk.Stated {
	return usagedesk.Stated{Purpose: u.Purpose, Reason: u.Reason}
}

// UsagePaged goes on with a list.
type UsagePaged struct {
	Before string `json:"before,omitempty" maxLength:"40" doc:"next of the page before"`
	Limit  int    `json:"limit,omitempty" minimum:"1" maximum:"1000" doc:"Lines that are gone through, 100 when absent"`
}

func (p UsagePaged) page() usage.Page { return usage.Page{Before: p.Before, Limit: p.Limit} }

type (
	usageLines struct {
		Body struct {
			Items []UsageLine `json:"items" nullable:"false"`
			Next  string      `json:"next,omitempty" doc:"Goes on as before. A page may be short, even empty, and go on all the same"`
		}
	}
	usageTotals struct {
		Body struct {
			Days  int          `json:"days"`
			Items []UsageTotal `json:"items" nullable:"false" doc:"The most used first"`
		}
	}
)

func (s *Server) usageRoutes() {
	if s.Uses == nil {
		return
	}
	need := door.Of(policy.ReadUsage, policy.KindUsage)
	op := func(id, method, path, vi, en, more string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: Prefix + "/usage" + path, Summary: vi + " / " + en, Description: more, Tags: []string{"usage"}, DefaultStatus: http.StatusOK}
	}
	const leaves = " Reading leaves a line in the ledger, with purpose and reason, and one in the log."
	register(s, need, op("usage-totals", http.MethodGet, "/totals", "Tổng số lượt khai thác theo bộ dữ liệu, cơ quan", "Uses by data set and organisation", ""), func(ctx context.Context, in *struct {
		Days int `query:"days" minimum:"1" maximum:"3660" default:"30"`
	}) (*usageTotals, error) {
		all, err := s.Uses.Totals(ctx, in.Days)
		out := &usageTotals{}
		out.Body.Days, out.Body.Items = in.Days, []UsageTotal{}
		for _, t := range all {
			out.Body.Items = append(out.Body.Items, UsageTotal(t))
		}
		return out, err
	})
	register(s, need, op("usage-of-person", http.MethodPost, "/person", "Ai đã khai thác dữ liệu của một người", "Who used a person's data", "The number goes in the body, never in an address."+leaves), func(ctx context.Context, in *struct {
		Body struct {
			UsageReason
			UsagePaged
			Number string `json:"number" minLength:"6" maxLength:"40" doc:"Personal number as the data sets hold it"`
		}
	}) (*usageLines, error) {
		list, next, err := s.Uses.OfPerson(ctx, in.Body.stated(), in.Body.Number, in.Body.page())
		return usageAnswer(list, next, err)
	})
	register(s, need, op("usage-lines", http.MethodPost, "/lines", "Các lượt khai thác dữ liệu cá nhân", "Lines of the ledger", "Without the persons."+leaves), func(ctx context.Context, in *struct {
		Body struct {
			UsageReason
			UsagePaged
			Dataset string     `json:"dataset,omitempty" maxLength:"121"`
			UsedFor string     `json:"used_for,omitempty" maxLength:"100" doc:"Code of the purpose of the use"`
			Org     string     `json:"org,omitempty" maxLength:"80" doc:"Whose people used it"`
			From    *viet.Date `json:"from,omitempty" format:"date"`
			To      *viet.Date `json:"to,omitempty" format:"date" doc:"The last day"`
		}
	}) (*usageLines, error) {
		b := in.Body
		list, next, err := s.Uses.Lines(ctx, b.stated(), usagedesk.Filter{Dataset: b.Dataset, UsedFor: b.UsedFor, Org: b.Org, From: startOf(b.From, 0), To: startOf(b.To, 1), Page: b.page()})
		return usageAnswer(list, next, err)
	})
}

func usageAnswer(list []usage.Use, next string, err error) (*usageLines, error) {
	if err != nil {
		return nil, err
	}
	out := &usageLines{}
	out.Body.Items, out.Body.Next = []UsageLine{}, next
	for i := range list {
		u := &list[i]
		out.Body.Items = append(out.Body.Items, UsageLine{
			ID: u.ID, Time: stamped(u.Time), Door: u.Door, Action: u.Action, By: dutyActor(u.Actor), Org: u.Org, Dataset: u.Dataset, Kinds: append([]string{}, u.Kinds...),
			Purpose: u.Purpose, Text: u.Text, Basis: u.Basis, Persons: u.Persons, Forgotten: u.Forgotten, Trace: u.Trace,
		})
	}
	return out, nil
}
