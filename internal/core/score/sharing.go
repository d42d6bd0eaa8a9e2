package score

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/usage"
)

// SharedDays is how far back uses are counted for dùng chung.
const SharedDays = 90

// Sharing is what is told of dùng chung. It is not scored (STANDARDS §8.1): how a
// data set may be shared and who makes use of it stand beside the five criteria.
type Sharing struct {
	Access    string // policy.AccessOpen …; "" = nobody has decided
	Consumers int64  // agencies and programs besides the owner's own, and readers who have not signed in as one, within SharedDays
	Uses      int64  // theirs
	Last      string // day in Viet Nam of the last of them, "" = none
}

// uses is what this package needs of usage.Ledger.
type uses interface {
	Consumers(ctx context.Context, from, to time.Time) ([]usage.Consumer, error)
}

// consumers remembers who used each data set, for as long as a standing is told.
type consumers struct {
	sync.Mutex
	at time.Time
	by map[string][]usage.Consumer // by id of the contract
}

// consumersOf gives who used a data set.
func (s *Scorer) consumersOf(ctx context.Context, dataset string) ([]usage.Consumer, error) {
	c, now := &s.consumers, s.Now()
	c.Lock()
	defer c.Unlock()
	if c.by == nil || now.Sub(c.at).Abs() >= fresh {
		all, err := s.Uses.Consumers(ctx, now.AddDate(0, 0, -SharedDays), now)
		if err != nil {
			return nil, err
		}
		c.at, c.by = now, map[string][]usage.Consumer{}
		for _, one := range all {
			id, _, _ := strings.Cut(one.Dataset, ".")
			c.by[id] = append(c.by[id], one)
		}
	}
	return c.by[dataset], nil
}

// beside completes a score by how its data set is shared.
func (s *Scorer) beside(ctx context.Context, c *contract.Contract, sc Score) (Score, error) {
	if s.Uses == nil {
		return sc, nil
	}
	all, err := s.consumersOf(ctx, c.ID)
	if err != nil {
		return sc, fmt.Errorf("uses of %s: %w", c.ID, err)
	}
	sh := &Sharing{Access: c.Access}
	type who struct{ kind, id, org string }
	seen := map[who]bool{} // a data set of several tables is used once by each
	for _, one := range all {
		if one.Kind == systemKind || one.Org != "" && one.Org == c.Owner {
			continue
		}
		seen[who{one.Kind, one.ID, one.Org}] = true
		sh.Uses += one.Uses
		sh.Last = max(sh.Last, one.Last)
	}
	sh.Consumers = int64(len(seen))
	for i := range sc.Criteria {
		if sc.Criteria[i].ID == contract.Shared {
			sc.Criteria[i].Sharing, sc.Criteria[i].Why = sh, sh.why()
		}
	}
	return sc, nil
}

// systemKind is the platform's own kind of actor: what it does is no use.
const systemKind = "system"

// accessWords say how a data set may be used.
var accessWords = map[string]contract.Sentence{
	policy.AccessOpen:       {Vi: "Dữ liệu mở, ai cũng khai thác được.", En: "Open data: anybody may use it."},
	policy.AccessShared:     {Vi: "Dữ liệu dùng chung giữa các cơ quan.", En: "Shared between agencies."},
	policy.AccessRestricted: {Vi: "Dữ liệu dùng riêng: chỉ cung cấp khi cơ quan chủ quản đồng ý.", En: "Restricted: given out with consent only."},
	"":                      {Vi: "Chưa quyết định phạm vi sử dụng.", En: "Nobody has decided how widely it may be used."},
}

func (s *Sharing) why() contract.Sentence {
	w, known := accessWords[s.Access]
	if !known {
		w = contract.Sentence{Vi: s.Access + ".", En: s.Access + "."}
	}
	if s.Consumers == 0 {
		return contract.Sentence{
			Vi: fmt.Sprintf("%s Trong %d ngày qua chưa có nơi nào ngoài cơ quan chủ quản khai thác. Tiêu chí này không chấm điểm.", w.Vi, SharedDays),
			En: fmt.Sprintf("%s Within %d days nobody but the owner has used it. This is not scored.", w.En, SharedDays),
		}
	}
	return contract.Sentence{
		Vi: fmt.Sprintf("%s Trong %d ngày qua: số nơi khai thác ngoài cơ quan chủ quản: %s, số lượt: %s, lần cuối ngày %s. Tiêu chí này không chấm điểm.",
			w.Vi, SharedDays, locale.Vi.Number(s.Consumers), locale.Vi.Number(s.Uses), locale.Vi.Day(s.Last)),
		En: fmt.Sprintf("%s Within %d days: consumers besides the owner: %s, uses: %s, the last on %s. This is not scored.",
			w.En, SharedDays, locale.En.Number(s.Consumers), locale.En.Number(s.Uses), locale.En.Day(s.Last)),
	}
}

// Text is the shortest that is to be said: how many make use of it.
func (s *Sharing) Text(l locale.Lang) string {
	return l.T("score.consumers", s.Consumers)
}

// A RollupSharing is what is told of dùng chung over several data sets.
type RollupSharing struct {
	Open, Shared, Restricted, Undecided int // data sets by how they may be used
	Used                                int // data sets with a consumer besides the owner
	Of                                  int
}

// rollSharing counts; nil where nobody counts uses.
func rollSharing(members []Member) *RollupSharing {
	r, known := &RollupSharing{Of: len(members)}, false
	for _, m := range members {
		sh := find(m.Score.Criteria, contract.Shared).Sharing
		if sh == nil {
			continue
		}
		known = true
		switch sh.Access {
		case policy.AccessOpen:
			r.Open++
		case policy.AccessShared:
			r.Shared++
		case policy.AccessRestricted:
			r.Restricted++
		default:
			r.Undecided++
		}
		if sh.Consumers > 0 {
			r.Used++
		}
	}
	if !known {
		return nil
	}
	return r
}

// Text is the shortest that is to be said: in how many data sets.
func (r *RollupSharing) Text(l locale.Lang) string {
	return l.T("score.used-sets", int64(r.Used), int64(r.Of))
}

func (r *RollupSharing) why() contract.Sentence {
	n := func(l locale.Lang, v int) string { return l.Number(int64(v)) }
	return contract.Sentence{
		Vi: fmt.Sprintf("%s trên %s bộ dữ liệu có nơi ngoài cơ quan chủ quản khai thác trong %d ngày qua. Phạm vi sử dụng: mở %s, dùng chung %s, dùng riêng %s, chưa quyết định %s. Tiêu chí này không chấm điểm.",
			n(locale.Vi, r.Used), n(locale.Vi, r.Of), SharedDays, n(locale.Vi, r.Open), n(locale.Vi, r.Shared), n(locale.Vi, r.Restricted), n(locale.Vi, r.Undecided)),
		En: fmt.Sprintf("%s of %s data sets were used by somebody besides their owners within %d days. Open %s, shared %s, restricted %s, undecided %s. This is not scored.",
			n(locale.En, r.Used), n(locale.En, r.Of), SharedDays, n(locale.En, r.Open), n(locale.En, r.Shared), n(locale.En, r.Restricted), n(locale.En, r.Undecided)),
	}
}
