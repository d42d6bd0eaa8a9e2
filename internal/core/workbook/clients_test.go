package workbook

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/foundation/locale"
)

// TestClients_workbooks opens a slip and a template in LibreOffice, which make
// clients installs, and reads their first sheets back.
func TestClients_workbooks(t *testing.T) {
	if os.Getenv("PHOHIEN_CLIENTS") == "" {
		t.Skip("heavy clients are for make clients")
	}
	office, err := exec.LookPath("soffice")
	if err != nil {
		t.Fatal(err)
	}
	var slip bytes.Buffer
	if err := Slip(context.Background(), &slip, slipInput(t, locale.Vi)); err != nil {
		t.Fatal(err)
	}
	_, form := template(t, locale.Vi)
	for name, c := range map[string]struct {
		text  []byte
		wants []string
	}{
		"phieu":   {slip.Bytes(), []string{"Mã hộ", "Lý do", "33090000125"}},
		"bieumau": {form, []string{"Mã hộ", "HO001"}},
	} {
		dir := t.TempDir()
		file := filepath.Join(dir, name+".xlsx")
		if err := os.WriteFile(file, c.text, 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(office, "-env:UserInstallation=file://"+dir+"/profile", "--headless", "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76", "--outdir", dir, file)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", name, err, out)
		}
		got, err := os.ReadFile(filepath.Join(dir, name+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range c.wants {
			if !strings.Contains(string(got), want) {
				t.Errorf("%s lacks %q:\n%s", name, want, got)
			}
		}
	}
}
