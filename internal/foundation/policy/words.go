package policy

import (
	"slices"
	"strings"

	"github.com/cedar-policy/cedar-go"

	"github.com/phohien/phohien/internal/foundation/spelling"
)

// The types of entities that policies name.
const (
	typeRole      cedar.EntityType = "Role"
	typeOrg       cedar.EntityType = "Organisation"
	typeColumn    cedar.EntityType = "Column"
	typeDataset   cedar.EntityType = "Dataset"
	typeAction    cedar.EntityType = "Action"
	typeAnonymous cedar.EntityType = "Anonymous"
	typePerson    cedar.EntityType = "Person"
	typePolicy    cedar.EntityType = "Policy"
)

// see is the action by which single columns are judged.
const see Action = "see"

// askers gives the type of who asks, by Who.Kind.
var askers = map[string]cedar.EntityType{"": typeAnonymous, "person": typePerson, "program": "Program", "company": "Company", "emergency": "Emergency", "system": "System"}

// kinds gives the type of what is asked for, by What.Kind.
var kinds = map[string]cedar.EntityType{
	KindDataset: typeDataset, KindBatch: "Batch", KindContract: "Contract", KindPack: "Pack", KindUnit: "Unit", KindCodeList: "CodeList",
	KindOrg: typeOrg, KindAccount: "Account", KindPolicy: typePolicy, KindAudit: "Audit", KindUsage: "Usage", KindServer: "Server", KindSelf: "Self",
}

// actions is the whole list, in the order of the index.
var actions = []Action{
	Describe, Read, Aggregate, Export, ReadQuarantine, Send, Confirm, Undo, Cancel, Draft, EditContract, Classify, Approve, InstallPack, Hold, AskErase, Erase,
	ManageOrg, ManageAccounts, ManageKeys, EditPolicy, TestPolicy, ReadAudit, ReadUsage, Operate, Monitor, SignIn, OwnAccount, see,
}

// Actions lists the actions, in the order in which tables show them.
func Actions() []Action { return slices.Clone(actions[:len(actions)-1]) }

// actionNames are the actions in words.
var actionNames = map[Action]noun{
	Describe: {"xem mô tả", "see the description"}, Read: {"đọc bản ghi", "read rows"}, Aggregate: {"xem số liệu tổng hợp", "see totals"},
	Export: {"xuất tệp", "export a file"}, ReadQuarantine: {"xem bản ghi chưa đạt", "see lines that did not pass"}, Send: {"gửi dữ liệu", "send data"},
	Confirm: {"xác nhận đợt gửi", "confirm a batch"}, Undo: {"hoàn tác", "undo"}, Cancel: {"huỷ đợt gửi", "cancel a batch"},
	Draft: {"soạn đề xuất đặc tả", "propose a contract"}, EditContract: {"ban hành đặc tả, danh mục", "put contracts and code lists into force"},
	Classify: {"phân loại dữ liệu", "classify data"}, Approve: {"phê duyệt đề xuất", "approve proposals"}, InstallPack: {"cài gói nghiệp vụ", "install packs"},
	Hold: {"tạm giữ bản ghi", "hold records"}, AskErase: {"đề nghị xoá dữ liệu cá nhân", "ask for an erasure"}, Erase: {"xoá vĩnh viễn giá trị", "erase values for good"}, ManageOrg: {"quản lý cơ quan", "manage agencies"},
	ManageAccounts: {"quản lý tài khoản", "manage accounts"}, ManageKeys: {"quản lý khoá kết nối", "manage keys"}, EditPolicy: {"sửa chính sách", "change policies"},
	TestPolicy: {"kiểm tra thử chính sách", "try policies"}, ReadAudit: {"xem nhật ký", "read the log"},
	ReadUsage: {"xem lịch sử khai thác dữ liệu cá nhân", "see who used whose data"}, Operate: {"vận hành hệ thống", "operate the platform"},
	Monitor: {"xem số đo vận hành", "see the figures of operation"},
	SignIn:  {"đăng nhập", "sign in"}, OwnAccount: {"quản lý tài khoản của mình", "look after one's account"}, see: {"xem trường thông tin", "see a column"},
}

// Words names an action for people, in both languages.
func (a Action) Words() (vi, en string) {
	n, ok := actionNames[a]
	if !ok {
		return string(a), string(a)
	}
	return n.vi, n.en
}

// place of an action in the index.
var place = func() map[Action]int {
	m := map[Action]int{}
	for i, a := range actions {
		m[a] = i
	}
	return m
}()

// bringsRows are the actions that show rows: their permits say which.
func bringsRows(a Action) bool {
	return a == Read || a == Export || a == ReadQuarantine || a == Aggregate
}

// touchesRows are the actions that show or change rows: the others have no rows
// to divide.
func touchesRows(a Action) bool {
	return bringsRows(a) || a == Send || a == Confirm || a == Undo || a == Cancel || a == Hold || a == AskErase || a == Erase
}

// hasRows reports whether there are rows to divide.
func (w *What) hasRows() bool {
	switch w.Kind {
	case KindDataset, KindBatch, KindCodeList, KindUnit, KindOrg:
		return true
	}
	return false
}

// classes of a data set, and what a column may hold.
var (
	accesses = []string{AccessOpen, AccessShared, AccessRestricted}
	classes  = []string{"", "core", "important", "other"}
	personal = []string{"none", "basic", "sensitive"}
)

// known gives s when it is in the list, otherwise what stands for the unknown.
func known(list []string, s, otherwise string) string {
	if slices.Contains(list, s) {
		return s
	}
	return otherwise
}

// pii says how personal a column is. What is not classified counts as personal
// as soon as somebody has said what personal thing it holds, and a word that is
// not known as the strictest.
func (c *Column) pii() string {
	switch {
	case c.PII == "" && c.Kind == "":
		return "none"
	case c.PII == "":
		return "basic"
	}
	return known(personal, c.PII, "sensitive")
}

// strictness orders masks: what is left of a value shrinks.
var strictness = map[Mask]int{Clear: 0, LastFour: 1, Year: 2, Commune: 3, Hash: 4, Hidden: 5}

// stricter is the sight that shows no more than either.
func (s Sight) stricter(t Sight) Sight {
	match := s.matches() && t.matches()
	if strictness[t.Mask] > strictness[s.Mask] {
		s = t
	}
	s.Match = match && s.Mask != Clear
	return s
}

// wider is the sight that shows all that either shows.
func (s Sight) wider(t Sight) Sight {
	match := s.matches() || t.matches()
	if strictness[t.Mask] < strictness[s.Mask] {
		s = t
	}
	s.Match = match && s.Mask != Clear
	return s
}

// matches reports whether rows may be looked up by the exact value.
func (s Sight) matches() bool { return s.Match || s.Mask == Clear }

// nearest finds the word of a list that somebody may have meant, "" when none
// is near.
func nearest(word string, list []string) string {
	best, found := 3, ""
	for _, w := range list {
		if d := spelling.Distance(strings.ToLower(word), strings.ToLower(w)); d < best {
			best, found = d, w
		}
	}
	return found
}
