package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/identity/clients"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// DemoAccountsFile lists the accounts of the demo with the codes that open them;
// only its owner can read it.
const DemoAccountsFile = "demo-accounts.txt"

// A demoPerson is a person who does not exist, with a post and an account.
type demoPerson struct {
	login, name, org, title, role string
	deputy                        bool
}

// demoPersons are one or two of each role of a province (STANDARDS §7.5): who
// administers, governs, runs, makes, watches and analyses.
var demoPersons = []demoPerson{
	{"quan-tri.mau", "Nguyễn Văn Quản (mẫu)", "hy-skhcn", "Quản trị hệ thống", policy.RoleAdmin, false},
	{"cdo.mau", "Trần Thị Đức (mẫu)", "hy-skhcn", "Giám đốc Sở, Giám đốc dữ liệu (CDO)", policy.RoleCDO, false},
	{"quan-tri-du-lieu.mau", "Phạm Văn Từ (mẫu)", "hy-skhcn", "Chuyên viên quản trị dữ liệu", policy.RoleGovernor, false},
	{"ky-thuat.mau", "Lê Thị Thuật (mẫu)", "hy-skhcn", "Kỹ sư dữ liệu, Trung tâm Công nghệ thông tin", policy.RoleEngineer, false},
	{"giam-doc.so-y-te.mau", "Lý Văn Viện (mẫu)", "hy-syt", "Giám đốc Sở", policy.RoleHead, false},
	{"dau-moi.so-y-te.mau", "Vũ Thị Yên (mẫu)", "hy-syt", "Cán bộ đầu mối dữ liệu", policy.RoleSteward, false},
	{"dau-moi.so-noi-vu.mau", "Hoàng Văn Nội (mẫu)", "hy-snv", "Cán bộ đầu mối dữ liệu", policy.RoleSteward, false},
	{"dau-moi.pho-hien.mau", "Đỗ Thị Phố (mẫu)", "hy-ubnd-pho-hien", "Phó Chủ tịch UBND phường, đầu mối dữ liệu", policy.RoleSteward, true},
	{"nhap-lieu.pho-hien.mau", "Bùi Văn Hiến (mẫu)", "hy-ubnd-pho-hien", "Công chức văn hoá - xã hội", policy.RoleEntry, false},
	{"dau-moi.tan-hung.mau", "Đào Thị Tân (mẫu)", "hy-ubnd-tan-hung", "Phó Chủ tịch UBND xã, đầu mối dữ liệu", policy.RoleSteward, true},
	{"nhap-lieu.tan-hung.mau", "Ngô Văn Hưng (mẫu)", "hy-ubnd-tan-hung", "Công chức văn hoá - xã hội", policy.RoleEntry, false},
	{"tuan-thu.mau", "Dương Văn Thủ (mẫu)", "hy-ca", "Cán bộ tuân thủ dữ liệu", policy.RoleCompliance, false},
	{"phan-tich.mau", "Đặng Thị Số (mẫu)", "hy-vp-ubnd", "Chuyên viên phân tích, Trung tâm giám sát, điều hành thông minh (IOC)", policy.RoleAnalyst, false},
}

// demoClient is a program of another system.
var demoClient = clients.Client{
	ID: "mau-mot-cua", Name: "Phần mềm một cửa (mẫu)", Org: "hy-tt-pvhcc", Contact: "Trung tâm Phục vụ hành chính công tỉnh (mẫu)",
	Grants: clients.Grants{Roles: []string{policy.RoleService}},
}

// demoPeople makes the accounts of the demo. None has a password: each is opened
// by its code in DemoAccountsFile, which is written when an account was made or
// the file is gone. Otherwise nothing changes.
func (a *App) demoPeople(ctx context.Context) error {
	people, err := a.demoPosts(ctx)
	if err != nil {
		return fmt.Errorf("demo people: %w", err)
	}
	_, err = os.Stat(a.demoAccountsPath())
	write := errors.Is(err, fs.ErrNotExist)
	if err != nil && !write {
		return err
	}
	accounts := make([]identity.Account, len(demoPersons))
	for i, p := range demoPersons {
		var made bool
		if accounts[i], made, err = a.demoAccount(ctx, p, people[i]); err != nil {
			return fmt.Errorf("demo account %s: %w", p.login, err)
		}
		write = write || made
	}
	made, err := a.demoProgram(ctx)
	if err != nil {
		return fmt.Errorf("demo program: %w", err)
	}
	if !write && !made {
		return nil
	}
	return a.writeDemoAccounts(ctx, accounts)
}

// demoPosts makes the persons with their posts, and gives the persons' ids.
func (a *App) demoPosts(ctx context.Context) ([]string, error) {
	var rows []org.ImportRow
	for _, p := range demoPersons {
		rows = append(rows, org.ImportRow{
			Name: p.name, Email: p.email(), OrgCode: p.org, Title: p.title, Roles: []string{p.role}, Deputy: p.deputy, Generated: true,
		})
	}
	by := actor.System
	r, err := a.Orgs.ImportPeople(ctx, by, rows, false)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, row := range r.Rows {
		if row.Err != nil {
			return nil, fmt.Errorf("%s: %w", demoPersons[row.Line-1].login, row.Err)
		}
		ids = append(ids, row.Person)
	}
	return ids, nil
}

// email is an address that cannot exist (RFC 2606).
func (p demoPerson) email() string { return p.login + "@phohien.example" }

func (a *App) demoAccount(ctx context.Context, p demoPerson, person string) (acc identity.Account, made bool, err error) {
	acc, err = a.Accounts.ByLogin(ctx, p.login)
	if !fault.Is(err, "identity.no-account") {
		return acc, false, err
	}
	acc, err = a.Accounts.Add(ctx, actor.System, identity.NewAccount{Login: p.login, Name: p.name, Email: p.email(), PersonID: person, OrgID: p.org})
	return acc, err == nil, err
}

func (a *App) demoProgram(ctx context.Context) (made bool, err error) {
	_, err = a.Clients.Find(ctx, demoClient.ID)
	if fault.KindOf(err) != fault.NotFound {
		return false, err
	}
	_, err = a.Clients.Create(ctx, actor.System, demoClient)
	return err == nil, err
}

// writeDemoAccounts makes new codes for the accounts that wait for their owner
// and a new key for the program, and writes them down; what was written before is
// void.
func (a *App) writeDemoAccounts(ctx context.Context, accounts []identity.Account) error {
	var b strings.Builder
	b.WriteString(demoAccountsHead)
	for i, acc := range accounts {
		code := "(đã kích hoạt / activated)"
		if acc.State == identity.Invited {
			var err error
			if code, err = a.Accounts.Invite(ctx, actor.System, acc.ID); err != nil {
				return fmt.Errorf("activation code of %s: %w", acc.Login, err)
			}
		}
		p := demoPersons[i]
		fmt.Fprintf(&b, "%-24s %-31s %-20s %-17s %s\n", acc.Login, code, p.role, p.org, p.name)
	}
	if err := a.Clients.RevokeAll(ctx, clients.Program, demoClient.ID); err != nil {
		return fmt.Errorf("key of %s: %w", demoClient.ID, err)
	}
	key, _, err := a.Clients.NewKey(ctx, actor.System, demoClient.ID, clients.Wish{Label: "mẫu"})
	if err != nil {
		return fmt.Errorf("key of %s: %w", demoClient.ID, err)
	}
	fmt.Fprintf(&b, demoProgramText, demoClient.Name, demoClient.ID, key)
	return replaceSecret(a.demoAccountsPath(), b.String())
}

func (a *App) demoAccountsPath() string { return filepath.Join(a.Config.Data, DemoAccountsFile) }

// replaceSecret writes a file that only its owner reads, whole or not at all: a
// list that is there is not written again.
func replaceSecret(path, text string) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".demo-*") // 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if _, err := f.WriteString(text); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

const demoAccountsHead = `TÀI KHOẢN MẪU - chỉ dùng để giới thiệu, thử nghiệm. Không có người thật.
Sample accounts, for demonstration only. No real person.

Mở trang ` + identity.ActivatePath + `, nhập mã kích hoạt rồi tự đặt mật khẩu. Mỗi mã dùng một lần.
Open ` + identity.ActivatePath + `, type the activation code, choose a password. A code works once.
Xoá tệp này rồi chạy lại phohien demo để có mã mới; tài khoản đã kích hoạt giữ nguyên.
Delete this file and run phohien demo again for new codes; activated accounts stay.

Tên đăng nhập            Mã kích hoạt                    Vai trò              Cơ quan           Họ và tên
`

const demoProgramText = `
%s, client_id %s, khoá kết nối (Authorization: Bearer …):
%s
`
