package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity/clients"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// DemoTokenFile holds a key of the demo's administrator, for programs that try
// the API; only its owner can read it.
const DemoTokenFile = "demo.token"

// demoAdministrator is the program that the key speaks for.
var demoAdministrator = clients.Client{
	ID: "mau-quan-tri", Name: "Quản trị bản dùng thử (mẫu)", Org: "hy-skhcn", Contact: "Nhóm vận hành (mẫu)",
	Grants: clients.Grants{Roles: []string{policy.RoleAdmin}},
}

// Demo makes what a demo has beside the data: its people, and a key in
// DemoTokenFile, which stays as long as it works.
func (a *App) Demo(ctx context.Context) error {
	if err := a.demoPeople(ctx); err != nil {
		return err
	}
	path := filepath.Join(a.Config.Data, DemoTokenFile)
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("key of the demo: %w", err)
	}
	if _, err := a.Clients.Verify(ctx, strings.TrimSpace(string(text))); err == nil {
		return nil
	}
	if _, err := a.Clients.Find(ctx, demoAdministrator.ID); fault.KindOf(err) == fault.NotFound {
		if _, err := a.Clients.Create(ctx, actor.System, demoAdministrator); err != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	if err := a.Clients.RevokeAll(ctx, clients.Program, demoAdministrator.ID); err != nil {
		return err
	}
	key, _, err := a.Clients.NewKey(ctx, actor.System, demoAdministrator.ID, clients.Wish{Label: DemoTokenFile, For: 90 * 24 * time.Hour})
	if err != nil {
		return err
	}
	return writeSecret(path, key)
}
