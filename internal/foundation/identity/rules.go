package identity

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/store"
)

// Rules are the numbers of sign-in, as data. Their defaults are those of a
// system of security level 3 (Luật 116/2025, NĐ 331/2026, TCVN 14423:2026).
type Rules struct {
	Version int `json:"-"`

	Length      int `json:"length"`      // of a password beside a second factor
	LengthAlone int `json:"lengthAlone"` // of a password alone, which needs four classes of characters too
	Reuse       int `json:"reuse"`       // how many passwords back may not be used again
	AdminDays   int `json:"adminDays"`   // after so many days an administrator's password is changed

	Failures         int `json:"failures"`         // until an account is locked
	FailuresBusiness int `json:"failuresBusiness"` // the same at business applications
	FailuresIP       int `json:"failuresIp"`       // until an address is refused; an office may share one
	WindowMinutes    int `json:"windowMinutes"`    // after so long without a failure the count starts again
	LockMinutes      int `json:"lockMinutes"`      // doubled each time, up to LockMinutesMost
	LockMinutesMost  int `json:"lockMinutesMost"`

	IdleMinutes          int      `json:"idleMinutes"`
	IdleMinutesSensitive int      `json:"idleMinutesSensitive"` // for those with SensitiveRoles
	SessionHours         int      `json:"sessionHours"`
	EmergencyMinutes     int      `json:"emergencyMinutes"`
	PurposeMinutes       int      `json:"purposeMinutes"` // for which a stated purpose lasts; 0 = as long as the session
	SensitiveRoles       []string `json:"sensitiveRoles"`

	FactorRoles  []string `json:"factorRoles"`  // roles that need a second factor wherever they are
	FactorAlways bool     `json:"factorAlways"` // everybody needs one, inside networks too

	SlipDays     int `json:"slipDays"` // that an activation slip lasts
	InactiveDays int `json:"inactiveDays"`
}

// DefaultRules hold until others are set.
func DefaultRules() Rules {
	return Rules{
		Length: 8, LengthAlone: 14, Reuse: 10, AdminDays: 60,
		Failures: 10, FailuresBusiness: 5, FailuresIP: 50, WindowMinutes: 15, LockMinutes: 15, LockMinutesMost: 8 * 60,
		IdleMinutes: 15, IdleMinutesSensitive: 5, SessionHours: 12, EmergencyMinutes: 60,
		SensitiveRoles: []string{policy.RoleAdmin, policy.RoleCompliance, policy.RoleEmergency},
		FactorRoles:    []string{policy.RoleAdmin, policy.RoleCompany},
		SlipDays:       7, InactiveDays: 45,
	}
}

// Check refuses rules that are weaker than the law wants, or that let nobody
// in.
func (r Rules) Check() error {
	for _, n := range []struct {
		name        string
		value       int
		least, most int
	}{
		{"length", r.Length, 8, 64}, {"lengthAlone", r.LengthAlone, 14, 64}, {"reuse", r.Reuse, 10, 30}, {"adminDays", r.AdminDays, 1, 60},
		{"failures", r.Failures, 3, 10}, {"failuresBusiness", r.FailuresBusiness, 3, 5}, {"failuresIp", r.FailuresIP, 3, 1000},
		{"windowMinutes", r.WindowMinutes, 1, 24 * 60}, {"lockMinutes", r.LockMinutes, 1, 24 * 60}, {"lockMinutesMost", r.LockMinutesMost, r.LockMinutes, 7 * 24 * 60},
		{"idleMinutes", r.IdleMinutes, 1, 15}, {"idleMinutesSensitive", r.IdleMinutesSensitive, 1, 5}, {"sessionHours", r.SessionHours, 1, 12},
		{"emergencyMinutes", r.EmergencyMinutes, 1, 60}, {"purposeMinutes", r.PurposeMinutes, 0, 12 * 60},
		{"slipDays", r.SlipDays, 1, 30}, {"inactiveDays", r.InactiveDays, 1, 45},
	} {
		if n.value < n.least || n.value > n.most {
			return fault.New(fault.Invalid, "identity.rules.range", n.name, n.value, n.least, n.most)
		}
	}
	for _, role := range []string{policy.RoleAdmin, policy.RoleCompany} {
		if !slices.Contains(r.FactorRoles, role) {
			return fault.New(fault.Invalid, "identity.rules.factor", role)
		}
	}
	return nil
}

func (r Rules) window() time.Duration { return time.Duration(r.WindowMinutes) * time.Minute }

func (r Rules) idle(roles []string) time.Duration {
	if anyOf(roles, r.SensitiveRoles) {
		return time.Duration(r.IdleMinutesSensitive) * time.Minute
	}
	return time.Duration(r.IdleMinutes) * time.Minute
}

func anyOf(have, among []string) bool {
	return slices.ContainsFunc(have, func(role string) bool { return slices.Contains(among, role) })
}

// A rulesCache holds the rules in force for a moment: another program over the
// same database may change them.
type rulesCache struct {
	mu    sync.Mutex
	rules Rules
	until time.Time
}

// Rules are the rules in force.
func (s *Service) Rules(ctx context.Context) (Rules, error) {
	s.rules.mu.Lock()
	defer s.rules.mu.Unlock()
	now := s.now()
	if now.Before(s.rules.until) && now.After(s.rules.until.Add(-2*cacheFor)) {
		return s.rules.rules, nil
	}
	r := DefaultRules()
	err := s.read(ctx, func(tx *store.Tx) error {
		var text string
		err := tx.QueryRowContext(ctx, `SELECT version, rules FROM signin_rules ORDER BY version DESC LIMIT 1`).Scan(&r.Version, &text)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		return json.Unmarshal([]byte(text), &r)
	})
	if err != nil {
		return r, fmt.Errorf("rules of sign-in: %w", err)
	}
	s.rules.rules, s.rules.until = r, now.Add(cacheFor)
	return r, nil
}

// SetRules puts other rules into force; version is that of the rules they were
// made from, so that two who change them at once do not overwrite each other.
func (s *Service) SetRules(ctx context.Context, by Actor, r Rules, version int) error {
	if err := r.Check(); err != nil {
		return err
	}
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return s.change(ctx, func(tx *store.Tx, tell teller) error {
		var have sql.NullInt64
		if err := tx.QueryRowContext(ctx, `SELECT max(version) FROM signin_rules`).Scan(&have); err != nil {
			return err
		}
		if int(have.Int64) != version {
			return fault.New(fault.Conflict, "identity.rules.changed")
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO signin_rules (version, rules, made_at, by_kind, by_id, by_name) VALUES ($1, $2, $3, $4, $5, $6)`,
			version+1, string(text), store.Stamp(s.now()), by.Kind, by.ID, by.Name)
		if err != nil {
			return err
		}
		tx.OnCommit(s.forgetRules)
		return tell(Event{Action: "rules.change", By: by, Detail: map[string]string{"version": fmt.Sprint(version + 1), "rules": string(text)}})
	})
}

func (s *Service) forgetRules() {
	s.rules.mu.Lock()
	defer s.rules.mu.Unlock()
	s.rules.until = time.Time{}
}
