package admin

import (
	"context"
	"fmt"
	"slices"

	"github.com/goccy/go-yaml"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// A duty is why some roles are not held together, as the settings of the
// policies say it.
type duty struct {
	Roles []string `yaml:"roles"`
	Vi    string   `yaml:"vi"`
	En    string   `yaml:"en"`
}

// explained words an error for a page. Of roles that do not go together it names
// the roles as people know them and gives the reason that the settings have.
func (s *pages) explained(ctx context.Context, err error) string {
	l := locale.From(ctx)
	f := fault.Of(err)
	if f == nil || f.Key != "policy.roles-conflict" || len(f.Args) != 2 {
		return l.Error(err)
	}
	a, b := fmt.Sprint(f.Args[0]), fmt.Sprint(f.Args[1])
	text := l.T("people.roles-conflict", s.roleName(l, a), s.roleName(l, b))
	if why := s.dutyOf(ctx, a, b); why != "" {
		text += " " + why
	}
	return text
}

// dutyOf is the reason why two roles are not held together, "" when none is
// given.
func (s *pages) dutyOf(ctx context.Context, a, b string) string {
	v, err := s.Policies.Get(ctx, "settings")
	if err != nil {
		return "" // the rule is told without its reason
	}
	var settings struct {
		Conflicts []duty `yaml:"conflicts"`
	}
	if yaml.Unmarshal([]byte(v.Text), &settings) != nil {
		return ""
	}
	for _, one := range settings.Conflicts {
		if slices.Contains(one.Roles, a) && slices.Contains(one.Roles, b) {
			return locale.From(ctx).Of(one.Vi, one.En)
		}
	}
	return ""
}
