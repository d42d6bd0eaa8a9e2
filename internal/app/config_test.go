package app

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
)

func sources(flags, env map[string]string, file string) Sources {
	return Sources{
		Flags: flags,
		Env:   func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		Read: func(name string) ([]byte, error) {
			if file == "" {
				return nil, fs.ErrNotExist
			}
			return []byte(file), nil
		},
	}
}

func TestDefaultConfig(t *testing.T) {
	c := DefaultConfig()
	if err := c.Validate(); err != nil {
		t.Errorf("the default does not work: %v", err)
	}
	got, settings, err := ReadConfig(sources(nil, nil, ""))
	if err != nil || got.Data != "data" || got.Listen != "127.0.0.1:8080" || got.Lang != locale.Vi {
		t.Errorf("ReadConfig of nothing = %+v, %v", got, err)
	}
	for _, s := range settings {
		if s.Origin != FromDefault || s.Where != "" {
			t.Errorf("%s has origin %s %s, want default", s.Name, s.Origin, s.Where)
		}
	}
}

// TestReadConfig_inbox: on unless somebody says off, also as YAML spells it.
func TestReadConfig_inbox(t *testing.T) {
	for file, want := range map[string]bool{"": true, "inbox: off": false, "inbox: on": true, "inbox: false": false, "inbox: \"off\"": false} {
		c, _, err := ReadConfig(sources(nil, nil, file))
		if err != nil || c.Inbox != want {
			t.Errorf("%q: inbox %v, %v; want %v", file, c.Inbox, err, want)
		}
	}
	c, _, err := ReadConfig(sources(nil, map[string]string{"PHOHIEN_INBOX": "off"}, "inbox: on"))
	if err != nil || c.Inbox {
		t.Errorf("PHOHIEN_INBOX=off: %v, %v", c.Inbox, err)
	}
}

// TestReadConfig_order: flag before environment before file before default.
func TestReadConfig_order(t *testing.T) {
	file := "listen: 127.0.0.1:7000\nmemory: 2GB\nhosts: [a.local, B.local]\nlang: en\n"
	env := map[string]string{"PHOHIEN_LISTEN": "127.0.0.1:7001", "PHOHIEN_DATA": "there", "PHOHIEN_THREADS": ""}
	flags := map[string]string{"listen": "127.0.0.1:7002"}
	c, settings, err := ReadConfig(sources(flags, env, file))
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:7002" || c.Data != "there" || c.Memory != 2<<30 || c.Lang != locale.En ||
		strings.Join(c.Hosts, " ") != "a.local b.local" {
		t.Errorf("config = %+v", c)
	}
	want := map[string]struct {
		origin Origin
		where  string
	}{
		"listen": {FromFlag, "--listen"}, "data": {FromEnvironment, "PHOHIEN_DATA"},
		"memory": {FromFile, filepath.Join("there", FileName)}, "threads": {FromDefault, ""},
	}
	for _, s := range settings {
		if w, ok := want[s.Name]; ok && (s.Origin != w.origin || s.Where != w.where) {
			t.Errorf("%s comes from %s %s, want %v", s.Name, s.Origin, s.Where, w)
		}
	}
}

func TestReadConfig_refuses(t *testing.T) {
	for name, c := range map[string]struct {
		flags map[string]string
		file  string
		key   string
	}{
		"unknown key":         {nil, "colour: red", "config.unknown"},
		"no YAML":             {nil, "a: [", "config.file"},
		"threads":             {map[string]string{"threads": "two"}, "", "config.value"},
		"negative threads":    {map[string]string{"threads": "-1"}, "", "config.value"},
		"little memory":       {map[string]string{"memory": "1MB"}, "", "config.memory"},
		"huge memory":         {map[string]string{"memory": "99999999999999TB"}, "", "config.value"},
		"language":            {map[string]string{"lang": "xx"}, "", "config.value"},
		"inbox":               {map[string]string{"inbox": "perhaps"}, "", "config.value"},
		"no port":             {map[string]string{"listen": "localhost"}, "", "config.listen"},
		"bad port":            {map[string]string{"listen": "localhost:http"}, "", "config.listen"},
		"all addresses":       {map[string]string{"listen": ":8080"}, "", "config.not-loopback"},
		"any":                 {map[string]string{"listen": "0.0.0.0:8080"}, "", "config.not-loopback"},
		"a name":              {map[string]string{"listen": "localhost.evil.example:80"}, "", "config.not-loopback"},
		"another machine":     {map[string]string{"listen": "192.168.1.5:8080"}, "", "config.not-loopback"},
		"database":            {map[string]string{"database": "mysql://x"}, "", "store.bad-url"},
		"no data":             {map[string]string{"data": " "}, "", "store.no-dir"},
		"loopback by network": {map[string]string{"listen": "[::]:8080"}, "", "config.not-loopback"},
	} {
		_, settings, err := ReadConfig(sources(c.flags, nil, c.file))
		if !fault.Is(err, c.key) {
			t.Errorf("%s: %v, want %s", name, err, c.key)
		}
		if len(settings) != len(fields()) {
			t.Errorf("%s: %d settings are shown, want all %d", name, len(settings), len(fields()))
		}
	}
	for _, listen := range []string{"127.0.0.1:0", "localhost:8080", "[::1]:8080", "127.0.0.9:1"} {
		if _, _, err := ReadConfig(sources(map[string]string{"listen": listen}, nil, "")); err != nil {
			t.Errorf("%s is refused: %v", listen, err)
		}
	}
}

// TestReadConfig_missing: a file that was asked for must be there.
func TestReadConfig_missing(t *testing.T) {
	src := sources(nil, nil, "")
	src.File = "other.yaml"
	if _, _, err := ReadConfig(src); !fault.Is(err, "config.file") {
		t.Errorf("ReadConfig = %v, want config.file", err)
	}
}

func TestSecrets(t *testing.T) {
	const password = "bi-mat-123"
	for _, address := range []string{
		"postgres://u:" + password + "@h/db", "postgres://u@h/db?password=" + password,
		"postgres://u:" + password + "%zz@h/db", "mysql://u:" + password + "@h",
	} {
		_, settings, err := ReadConfig(sources(map[string]string{"database": address}, nil, ""))
		for _, s := range settings {
			if strings.Contains(s.Value+s.Where, password) {
				t.Errorf("%s shows the password: %s", address, s.Value)
			}
		}
		if err != nil && strings.Contains(err.Error()+locale.Vi.Error(err), password) {
			t.Errorf("%s: the error shows the password: %v", address, err)
		}
	}
	if got := Redact("postgres://u:p@h:5432/db?sslmode=disable"); got != "postgres://u:xxxxx@h:5432/db?sslmode=disable" {
		t.Errorf("Redact = %s", got)
	}
}

func TestBytes(t *testing.T) {
	for text, want := range map[string]int64{"0": 0, "1024": 1024, "512MB": 512 << 20, "2 gb": 2 << 30, "3B": 3} {
		got, err := parseBytes(text)
		if err != nil || got != want {
			t.Errorf("parseBytes(%q) = %d, %v; want %d", text, got, err, want)
		}
		if again, err := parseBytes(showBytes(got)); err != nil || again != got {
			t.Errorf("%d shown as %q reads as %d, %v", got, showBytes(got), again, err)
		}
	}
}
