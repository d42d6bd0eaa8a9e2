package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/phohien/phohien/internal/foundation/pack"
)

// SettingsID is the id under which the settings are kept among the policies.
const SettingsID = "settings"

// settings is what policies stand on and Cedar does not hold: the roles and
// which of them nobody holds together, the purposes, how personal columns are
// usually seen.
type settings struct {
	Kind          string      `yaml:"kind"`
	Files         []string    `yaml:"files"` // of policies, in a pack
	SmallestGroup int         `yaml:"smallestGroup"`
	RoleList      []Role      `yaml:"roles"`
	Conflicts     []conflict  `yaml:"conflicts"`
	PurposeList   []PurposeOf `yaml:"purposes"`
	Masks         []usual     `yaml:"masks"`

	text, digest string
	purposes     map[string]*PurposeOf
	roles        map[string]*Role
	masks        map[string]Sight
}

// A Role is a role in words.
type Role struct {
	ID   string `yaml:"id" json:"id"`
	Vi   string `yaml:"vi" json:"vi"`
	En   string `yaml:"en" json:"en"`
	Unit string `yaml:"unit" json:"unit,omitempty"` // who holds it in a province
}

// A PurposeOf is a purpose that may be named.
type PurposeOf struct {
	Code  string `yaml:"code" json:"code"`
	Vi    string `yaml:"vi" json:"vi"`
	En    string `yaml:"en" json:"en"`
	Basis string `yaml:"basis" json:"basis,omitempty"`
}

// A conflict is a set of roles of which nobody holds two.
type conflict struct {
	Roles []string `yaml:"roles"`
	Vi    string   `yaml:"vi"`
	En    string   `yaml:"en"`
}

// usual is how columns of a kind are seen by whom no policy gives more.
type usual struct {
	Kind  string `yaml:"kind"`
	Mask  Mask   `yaml:"mask"`
	Match bool   `yaml:"match"`
}

// mask is how a column is seen without a policy: what is not in the table is
// hidden, and sensitive things are always.
func (s *settings) mask(pii, kind string) Sight {
	if sight, ok := s.masks[kind]; ok && pii != "sensitive" && kind != "" {
		return sight
	}
	return Sight{Mask: Hidden}
}

// readSettings reads the settings strictly.
func (f *findings) readSettings(text string) *settings {
	f.policy = SettingsID
	if len(text) > maxFile {
		f.wrong(0, 0, "Tệp lớn hơn %d MB.", "The file is larger than %d MB.", maxFile>>20)
		return nil
	}
	if f.readable(text); Broken(f.list) {
		return nil
	}
	if depth := flowDepth(text); depth > maxDepth {
		f.wrong(1, 1, "Ngoặc lồng nhau quá %d lớp.", "Brackets stand within each other more than %d deep.", maxDepth)
		return nil
	}
	s := &settings{text: text}
	if err := yaml.NewDecoder(strings.NewReader(text), yaml.Strict()).Decode(s); err != nil && !errors.Is(err, io.EOF) {
		f.yaml(err)
		return nil
	}
	sum := sha256.Sum256([]byte(text))
	s.digest = hex.EncodeToString(sum[:])
	if s.Kind != KindName {
		f.wrong(1, 1, "kind phải là %s.", "kind must be %s.", KindName)
	}
	f.roles(s)
	f.conflicts(s)
	f.purposes(s)
	f.masks(s)
	if s.SmallestGroup == 0 {
		s.SmallestGroup = defaultGroup
	}
	if s.SmallestGroup < 2 || s.SmallestGroup > 1000 {
		f.wrong(1, 1, "smallestGroup phải từ 2 đến 1000.", "smallestGroup is from 2 to 1000.")
	}
	return s
}

const defaultGroup = 10

// flowDepth measures how deep brackets stand, without reading YAML.
func flowDepth(text string) int {
	depth, deepest := 0, 0
	for i := range len(text) {
		switch text[i] {
		case '[', '{':
			depth++
			deepest = max(deepest, depth)
		case ']', '}':
			depth--
		}
	}
	return deepest
}

// KindName is the kind of the document that brings policies in a pack.
const KindName = "Policies"

func (f *findings) yaml(err error) {
	line, column, what := pack.YAMLError(err)
	f.wrong(max(line, 1), max(column, 1), "Không đọc được: %s. Các mục được dùng: kind, files, smallestGroup, roles (id, vi, en, unit), conflicts (roles, vi, en), purposes (code, vi, en, basis), masks (kind, mask, match).",
		"Cannot be read: %s. Known keys: kind, files, smallestGroup, roles (id, vi, en, unit), conflicts (roles, vi, en), purposes (code, vi, en, basis), masks (kind, mask, match).", what)
}

// allRoles are those that the program itself knows.
var allRoles = []string{RolePublic, RoleOfficial, RoleCompliance, RoleGovernor, RoleCDO, RoleEngineer, RoleSteward, RoleEntry, RoleAnalyst,
	RoleAdmin, RoleService, RoleCompany, RoleEmergency}

func (f *findings) roles(s *settings) {
	s.roles = map[string]*Role{}
	for i := range s.RoleList {
		r := &s.RoleList[i]
		line, column := find(s.text, r.ID)
		switch {
		case !policyID.MatchString(strings.ReplaceAll(r.ID, "_", "-")):
			f.wrong(line, column, "Mã vai trò “%s” sai: chỉ gồm chữ thường a–z, chữ số, “-”, “_”.", "The role's id %q is wrong: lower-case a-z, digits, \"-\", \"_\".", r.ID)
		case s.roles[r.ID] != nil:
			f.wrong(line, column, "Vai trò “%s” ghi hai lần.", "The role %q stands twice.", r.ID)
		case r.Vi == "":
			f.wrong(line, column, "Vai trò “%s” thiếu vi: tên tiếng Việt.", "The role %q has no vi: its Vietnamese name.", r.ID)
		}
		if r.En == "" {
			r.En = r.Vi
		}
		s.roles[r.ID] = r
	}
	for _, id := range allRoles {
		if s.roles[id] == nil {
			s.RoleList = append(s.RoleList, Role{ID: id, Vi: id, En: id})
		}
	}
	for i := range s.RoleList {
		s.roles[s.RoleList[i].ID] = &s.RoleList[i]
	}
}

func (s *settings) roleWords() []string {
	list := make([]string, len(s.RoleList))
	for i := range s.RoleList {
		list[i] = s.RoleList[i].ID
	}
	return list
}

func (f *findings) conflicts(s *settings) {
	for _, c := range s.Conflicts {
		if len(c.Roles) < 2 || c.Vi == "" {
			f.wrong(1, 1, "Mỗi mục conflicts cần ít nhất hai vai trò và câu giải thích vi.", "Each of conflicts needs two roles at least and the sentence vi.")
		}
		for i, id := range c.Roles {
			if s.roles[id] == nil {
				f.unknown(s.text, id, roleWord, s.roleWords())
			}
			if slices.Contains(c.Roles[:i], id) {
				f.wrong(1, 1, "Vai trò “%s” ghi hai lần trong một mục conflicts.", "The role %q stands twice in one of conflicts.", id)
			}
		}
	}
}

func (f *findings) purposes(s *settings) {
	s.purposes = map[string]*PurposeOf{}
	for i := range s.PurposeList {
		p := &s.PurposeList[i]
		if !policyID.MatchString(p.Code) || s.purposes[p.Code] != nil || p.Vi == "" {
			line, column := find(s.text, p.Code)
			f.wrong(line, column, "Mục đích “%s” sai: mã phải là chữ thường a–z, chữ số, “-”, không trùng, và có tên tiếng Việt (vi).",
				"The purpose %q is wrong: a code of lower-case a-z, digits, \"-\", once only, with its Vietnamese name (vi).", p.Code)
			continue
		}
		if p.En == "" {
			p.En = p.Vi
		}
		s.purposes[p.Code] = p
	}
}

func (f *findings) masks(s *settings) {
	s.masks = map[string]Sight{}
	for _, m := range s.Masks {
		if m.Kind == "" {
			f.wrong(1, 1, "Mục masks thiếu kind.", "One of masks has no kind.")
		}
		if !slices.Contains(maskWords, string(m.Mask)) {
			f.unknown(s.text, string(m.Mask), maskWord, maskWords)
		}
		s.masks[m.Kind] = Sight{Mask: m.Mask, Match: m.Match}
	}
}

// empty reports whether there is nothing but the names of files.
func (s *settings) empty() bool {
	return len(s.Conflicts)+len(s.PurposeList)+len(s.Masks) == 0 && len(s.RoleList) == len(allRoles) && s.roles[RoleOfficial].Vi == RoleOfficial
}

// noSettings is what holds before any have been brought.
func noSettings() *settings {
	f := &findings{}
	return f.readSettings(fmt.Sprintf("kind: %s\n", KindName))
}
