package policy_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/foundation/policy"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const standardFolder = "../../../packs/viet-nam/policies"

// standard is the set that comes with the program.
func standard(t testing.TB) *policy.Policies {
	t.Helper()
	p, list, err := policy.Load(os.DirFS(standardFolder))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		t.Errorf("%s", f)
	}
	return p
}

// patients is a data set with every sort of column.
func patients() policy.What {
	return policy.What{Kind: policy.KindDataset, ID: "benh-nhan", Owner: "so-yt", Access: policy.AccessShared, UnitColumn: "ma_xa", OrgColumn: "co_so",
		Columns: []policy.Column{
			{Name: "ma_bn", PII: "none"}, {Name: "ma_xa", PII: "none"}, {Name: "co_so", PII: "none"},
			{Name: "so_dinh_danh", PII: "basic", Kind: "personal_id"}, {Name: "ho_ten", PII: "basic", Kind: "name"},
			{Name: "ngay_sinh", PII: "basic", Kind: "birth"}, {Name: "dien_thoai", PII: "basic", Kind: "phone"},
			{Name: "dia_chi", PII: "basic", Kind: "address"}, {Name: "chan_doan", PII: "sensitive", Kind: "health"},
		}}
}

// plain changes a data set.
func with(w policy.What, change func(*policy.What)) policy.What {
	change(&w)
	return w
}

func withoutPersonal(w *policy.What) { w.Columns = w.Columns[:3] }

type subject struct {
	title   string
	what    policy.What
	actions []policy.Action
}

var rowActions = []policy.Action{policy.Describe, policy.Read, policy.Aggregate, policy.Export, policy.ReadQuarantine, policy.Send, policy.Confirm,
	policy.Undo, policy.Cancel, policy.Hold, policy.AskErase, policy.Erase, policy.Draft, policy.EditContract, policy.Classify, policy.Approve}

func subjects() []subject {
	other := func(kind, id string, actions ...policy.Action) policy.What { return policy.What{Kind: kind, ID: id} }
	open := with(patients(), func(w *policy.What) { w.ID, w.Access = "diem-tiem", policy.AccessOpen; withoutPersonal(w) })
	return []subject{
		{"Bộ dữ liệu mở, không có dữ liệu cá nhân (chủ quản: Sở Y tế)", open, rowActions},
		{"Bộ dữ liệu dùng chung, không có dữ liệu cá nhân (chủ quản: Sở Y tế)", with(open, func(w *policy.What) { w.Access = policy.AccessShared }), rowActions},
		{"Bộ dữ liệu dùng chung, có dữ liệu cá nhân (chủ quản: Sở Y tế)", patients(), rowActions},
		{"Bộ dữ liệu dùng riêng, có dữ liệu cá nhân, không có trường địa bàn, cơ quan (chủ quản: Sở Y tế)",
			with(patients(), func(w *policy.What) { w.Access, w.UnitColumn, w.OrgColumn = policy.AccessRestricted, "", "" }), rowActions},
		{"Bộ dữ liệu chưa phân loại (chủ quản: Sở Y tế)", with(patients(), func(w *policy.What) { w.Access = "" }), []policy.Action{policy.Describe, policy.Read, policy.Export}},
		{"Bộ dữ liệu quan trọng, đã một lượt phê duyệt (chủ quản: Sở Y tế)", with(patients(), func(w *policy.What) { w.Class, w.Approvals = "important", 1 }), []policy.Action{policy.Export}},
		{"Bộ dữ liệu quan trọng, đã hai lượt phê duyệt (chủ quản: Sở Y tế)", with(patients(), func(w *policy.What) { w.Class, w.Approvals = "important", 2 }), []policy.Action{policy.Export}},
		{"Yêu cầu kết xuất dữ liệu quan trọng của chính mình (chủ quản: Sở Y tế)", with(patients(), func(w *policy.What) { w.Class, w.Proposer = "important", "person:?" }), []policy.Action{policy.Approve}},
		{"Yêu cầu kết xuất dữ liệu quan trọng mà mình đã phê duyệt (chủ quản: Sở Y tế)", with(patients(), func(w *policy.What) { w.Class, w.Approvals, w.Approvers = "important", 1, []string{"person:?"} }), []policy.Action{policy.Approve}},
		{"Đợt gửi dữ liệu của người khác, bộ dữ liệu của Sở Y tế", with(patients(), func(w *policy.What) { w.Kind, w.Proposer = policy.KindBatch, "person:khac" }), rowActions[:10]},
		{"Đợt gửi dữ liệu của chính mình, bộ dữ liệu của Sở Y tế", with(patients(), func(w *policy.What) { w.Kind, w.Proposer = policy.KindBatch, "person:?" }), rowActions[:10]},
		{"Đặc tả bộ dữ liệu dùng chung (chủ quản: Sở Y tế)", policy.What{Kind: policy.KindContract, Owner: "so-yt", Access: policy.AccessShared},
			[]policy.Action{policy.Describe, policy.Draft, policy.EditContract, policy.Classify, policy.Approve, policy.Undo}},
		{"Danh mục dùng chung", other(policy.KindCodeList, "dan-toc"), []policy.Action{policy.Describe, policy.Read, policy.EditContract, policy.Undo}},
		{"Gói nghiệp vụ", other(policy.KindPack, "viet-nam"), []policy.Action{policy.Describe, policy.InstallPack, policy.Undo, policy.Approve}},
		{"Cơ quan", other(policy.KindOrg, "so-yt"), []policy.Action{policy.Describe, policy.ManageOrg}},
		{"Tài khoản của người khác", other(policy.KindAccount, "an"), []policy.Action{policy.Describe, policy.ManageAccounts, policy.ManageKeys, policy.Confirm}},
		{"Tài khoản của mình", other(policy.KindSelf, ""), []policy.Action{policy.SignIn, policy.OwnAccount}},
		{"Chính sách", other(policy.KindPolicy, ""), []policy.Action{policy.Describe, policy.EditPolicy, policy.TestPolicy, policy.Undo, policy.Approve}},
		{"Nhật ký", other(policy.KindAudit, ""), []policy.Action{policy.Describe, policy.ReadAudit}},
		{"Lịch sử khai thác dữ liệu cá nhân", other(policy.KindUsage, ""), []policy.Action{policy.Describe, policy.ReadUsage}},
		{"Hệ thống", other(policy.KindServer, ""), []policy.Action{policy.Describe, policy.Operate, policy.Monitor}},
	}
}

var stands = map[string]string{policy.StandsOwn: "thuộc cơ quan chủ quản", policy.StandsUnit: "cơ quan khác, có bản ghi thuộc mình", policy.StandsOther: "cơ quan khác"}

// TestStandard holds the whole standard set as one table that an official can
// read: who may do what to what.
func TestStandard(t *testing.T) {
	p := standard(t)
	var b strings.Builder
	for _, s := range subjects() {
		fmt.Fprintf(&b, "# %s\n", s.title)
		first := map[string]string{}
		for _, role := range p.Roles() {
			text := table(p, s, role, policy.Purpose{}, false)
			if first[role.ID] = text; role.ID != policy.RoleOfficial && role.ID != policy.RolePublic && text == first[policy.RoleOfficial] {
				text = "  như cán bộ có tài khoản của cơ quan\n"
			}
			fmt.Fprintf(&b, "\n%s\n%s", role.Vi, text)
		}
		for _, role := range p.Roles() {
			if text := table(p, s, role, policy.Purpose{Code: "giai-quyet-tthc"}, true); text != first[role.ID] {
				fmt.Fprintf(&b, "\n%s, đã nêu mục đích và xác thực lớp hai\n%s", role.Vi, text)
			}
		}
		b.WriteString("\n")
	}
	golden(t, "standard.txt", b.String())
}

// table writes what one role may do: actions with the same answer together.
func table(p *policy.Policies, s subject, role policy.Role, purpose policy.Purpose, strong bool) string {
	type line struct{ answer, where string }
	said := map[line][]string{}
	var order []line
	for _, action := range s.actions {
		answers := map[string][]string{}
		for _, st := range p.WhoCan(action, s.what, purpose, strong, role.ID) {
			answers[st.Vi] = append(answers[st.Vi], stands[st.Stands])
		}
		for _, st := range p.WhoCan(action, s.what, purpose, strong, role.ID) {
			where := strings.Join(answers[st.Vi], "; ")
			if len(answers) == 1 {
				where = "mọi nơi"
			}
			l := line{strings.TrimSuffix(st.Vi, "."), where}
			if answers[st.Vi] == nil || st.Vi == "Không được phép." {
				continue
			}
			answers[st.Vi] = nil
			if said[l] == nil {
				order = append(order, l)
			}
			vi, _ := action.Words()
			said[l] = append(said[l], vi)
		}
	}
	if len(order) == 0 {
		return "  không được làm gì\n"
	}
	var b strings.Builder
	for _, l := range order {
		fmt.Fprintf(&b, "  %s [%s]\n    %s\n", strings.Join(said[l], ", "), l.where, l.answer)
	}
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	g, w := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			t.Fatalf("%s differs at line %d (rewrite it with -update and read it)\n got %s\nwant %s", name, i+1, g[i], w[i])
		}
	}
	t.Fatalf("%s has %d lines, want %d", name, len(g), len(w))
}
