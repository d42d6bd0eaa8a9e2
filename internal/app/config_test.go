package app

import (
	"context"
	"errors"
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
		"unknown key":                      {nil, "colour: red", "config.unknown"},
		"no YAML":                          {nil, "a: [", "config.file"},
		"threads":                          {map[string]string{"threads": "two"}, "", "config.value"},
		"negative threads":                 {map[string]string{"threads": "-1"}, "", "config.value"},
		"little memory":                    {map[string]string{"memory": "1MB"}, "", "config.memory"},
		"huge memory":                      {map[string]string{"memory": "99999999999999TB"}, "", "config.value"},
		"language":                         {map[string]string{"lang": "xx"}, "", "config.value"},
		"inbox":                            {map[string]string{"inbox": "perhaps"}, "", "config.value"},
		"no port":                          {map[string]string{"listen": "localhost"}, "", "config.listen"},
		"bad port":                         {map[string]string{"listen": "localhost:http"}, "", "config.listen"},
		"all addresses":                    {map[string]string{"listen": ":8080"}, "", "tls.not-loopback"},
		"any":                              {map[string]string{"listen": "0.0.0.0:8080"}, "", "tls.not-loopback"},
		"a name":                           {map[string]string{"listen": "localhost.evil.example:80"}, "", "tls.not-loopback"},
		"another machine":                  {map[string]string{"listen": "192.168.1.5:8080"}, "", "tls.not-loopback"},
		"beyond, with accounts or without": {map[string]string{"listen": "10.0.0.9:8080", "outgoing": "*"}, "", "tls.not-loopback"},
		"certificate without key":          {map[string]string{"tls-cert": "a.pem"}, "", "tls.pair"},
		"key without certificate":          {nil, "tls-key: a.pem", "tls.pair"},
		"acme without directory":           {map[string]string{"acme-host": "kho.tinh.example"}, "", "tls.acme"},
		"directory without acme":           {map[string]string{"acme-directory": "https://ca.example/dir"}, "", "tls.acme"},
		"directory in the clear":           {map[string]string{"acme-host": "kho.tinh.example", "acme-directory": "http://ca.example/dir"}, "", "tls.acme"},
		"directory with password":          {map[string]string{"acme-host": "kho.tinh.example", "acme-directory": "https://u:bi-mat@ca.example/dir"}, "", "tls.acme"},
		"two certificates":                 {nil, "tls-cert: a\ntls-key: b\nacme-host: kho.tinh.example\nacme-directory: https://ca.example", "tls.both"},
		"redirect to nothing":              {map[string]string{"listen-http": "127.0.0.1:80"}, "", "tls.http-without"},
		"redirect from nowhere":            {nil, "tls-cert: a\ntls-key: b\nlisten-http: here", "config.listen"},
		"proxy of no address":              {nil, "behind-proxy: on", "tls.proxies"},
		"proxy, neither on":                {nil, "behind-proxy: perhaps", "config.value"},
		"proxy by name":                    {nil, "proxies: [proxy.noi-bo]", "tls.proxy-address"},
		"outgoing, an address":             {nil, "outgoing: [https://kho.example/]", "dial.pattern"},
		"outgoing, a bad network":          {nil, "outgoing: [10.0.0.0/40]", "dial.pattern"},
		"database":                         {map[string]string{"database": "mysql://x"}, "", "store.bad-url"},
		"no data":                          {map[string]string{"data": " "}, "", "store.no-dir"},
		"loopback by network":              {map[string]string{"listen": "[::]:8080"}, "", "tls.not-loopback"},
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

// TestBeyond: who can reach the server, and what that takes.
func TestBeyond(t *testing.T) {
	for _, c := range []struct {
		file        string
		tls, beyond bool
	}{
		{"", false, false},
		{"listen: '[::1]:8080'", false, false},
		{"tls-cert: a\ntls-key: b", true, false},
		{"tls-cert: a\ntls-key: b\nlisten: 0.0.0.0:443", true, true},
		{"tls-cert: a\ntls-key: b\nlisten: ':443'\nlisten-http: ':80'", true, true},
		{"acme-host: [kho.tinh.example]\nacme-directory: https://ca.example/dir\nlisten: ':443'", true, true},
		{"behind-proxy: on\nproxies: [10.0.0.5, fd00::/64]\nlisten: 10.0.0.9:8080", false, true},
		{"behind-proxy: on\nproxies: 127.0.0.1", false, true}, // the proxy hands on what comes from the network
		{"proxies: 127.0.0.1", false, false},
	} {
		got, _, err := ReadConfig(sources(nil, nil, c.file))
		if err != nil || got.TLS() != c.tls || got.Beyond() != c.beyond {
			t.Errorf("%q: TLS %v, beyond %v, %v; want %v, %v", c.file, got.TLS(), got.Beyond(), err, c.tls, c.beyond)
		}
		for _, exists := range []bool{false, true} {
			err := got.admitBeyond(t.Context(), func(context.Context) (bool, error) { return exists, nil })
			if refused := c.beyond && !exists; refused != fault.Is(err, "tls.no-account") {
				t.Errorf("%q, an account %v: %v", c.file, exists, err)
			}
		}
	}
	c := DefaultConfig()
	c.BehindProxy = true
	broken := errors.New("the list of accounts cannot be read")
	if err := c.admitBeyond(t.Context(), func(context.Context) (bool, error) { return true, broken }); !errors.Is(err, broken) {
		t.Errorf("accounts that cannot be read: %v", err)
	}
}

func TestReadConfig_networks(t *testing.T) {
	env := map[string]string{"PHOHIEN_PROXIES": "10.0.0.5, 10.1.2.3/16", "PHOHIEN_OUTGOING": "*.tinh.example,10.20.0.0/16", "PHOHIEN_BEHIND_PROXY": "on"}
	c, settings, err := ReadConfig(sources(nil, env, "outgoing: [a.example]"))
	if err != nil || strings.Join(c.Outgoing, " ") != "*.tinh.example 10.20.0.0/16" || !c.BehindProxy {
		t.Errorf("config %+v, %v", c, err)
	}
	for _, s := range settings {
		if s.Name == "proxies" && s.Value != "10.0.0.5/32,10.1.0.0/16" {
			t.Errorf("proxies are shown as %s", s.Value)
		}
	}
}

// TestPages: the address that people are told.
func TestPages(t *testing.T) {
	acme := Config{ACMEHosts: []string{"kho.tinh.example"}}
	file := Config{TLSCert: "a", Hosts: []string{"kho.noi-bo"}}
	for _, c := range []struct {
		config        Config
		address, want string
	}{
		{Config{}, "127.0.0.1:8080", "http://localhost:8080"},
		{Config{}, "[::1]:8080", "http://[::1]:8080"},
		{Config{Hosts: []string{"kho.noi-bo"}}, "127.0.0.1:8080", "http://localhost:8080"},
		{Config{TLSCert: "a"}, "[::]:8443", "https://localhost:8443"},
		{file, "[::]:443", "https://kho.noi-bo"},
		{file, "127.0.0.1:8443", "https://kho.noi-bo:8443"},
		{acme, "0.0.0.0:443", "https://kho.tinh.example"},
		{acme, "0.0.0.0:8443", "https://kho.tinh.example:8443"},
	} {
		if got := c.config.Pages(c.address); got != c.want {
			t.Errorf("%+v at %s: %s, want %s", c.config, c.address, got, c.want)
		}
	}
}
