package app

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/phohien/phohien/internal/foundation/dial"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity/sms"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/rate"
	"github.com/phohien/phohien/internal/foundation/telemetry"
)

// Config is everything that an operator sets. DefaultConfig is a working
// program on one machine, with no file to write.
type Config struct {
	Data     string      // folder of all data
	Listen   string      // host:port of the pages and the API; beyond loopback see Beyond
	Database string      // "" = SQLite files in Data; postgres://… = that database
	Hosts    []string    // further names under which browsers may reach us
	Memory   int64       // bytes that each analytical engine may use; 0 = a fifth of the machine
	Threads  int         // of each analytical engine; 0 = all processors
	Lang     locale.Lang // of messages at the command line
	Inbox    bool        // watch the folder inbox in Data while the server runs

	LogFormat  string     // of the server's log: text or json
	LogLevel   slog.Level // what is quieter is not written
	Traces     string     // https:// or http:// address of an OpenTelemetry collector (OTLP over HTTP); "" = traces go nowhere
	TraceShare float64    // part of all traces that is kept, 0 to 1

	// DemoDays is how many generated days a new demo plays; 0: none. It is no
	// setting: the command demo alone sets it.
	DemoDays int

	BackupDir string // folder in which the pages make backups; "" = they make none

	MasterKey string // file of the master key; "" = beside Data

	Platform string // code of this platform in the register of systems, for its public label; "" = it has none

	SMS sms.Options // gateway for codes by SMS; without its address they are off

	Outgoing []string // hosts and networks that the program may ask; see dial.ParsePattern. Empty: none

	TLSCert       string         // file of the certificate and those above it (PEM)
	TLSKey        string         // file of its private key (PEM)
	ACMEHosts     []string       // names to get certificates for, instead of files
	ACMEDirectory string         // https:// address of who issues them
	ListenHTTP    string         // host:port that sends readers on to https; "" = none
	BehindProxy   bool           // a proxy in front encrypts
	Proxies       []netip.Prefix // whose X-Forwarded-For and X-Forwarded-Proto count
}

// DefaultConfig is what holds where nobody says otherwise.
func DefaultConfig() Config {
	return Config{Data: "data", Listen: "127.0.0.1:8080", Lang: locale.Vi, Inbox: true, LogFormat: telemetry.Text, TraceShare: 1}
}

// Origin says where a setting's value came from.
type Origin string

// The origins, from the strongest to the weakest.
const (
	FromFlag        Origin = "flag"
	FromEnvironment Origin = "environment"
	FromFile        Origin = "file"
	FromDefault     Origin = "default"
)

// A Setting is one value with its origin, as doctor shows it. Secrets in it are
// hidden already.
type Setting struct {
	Name   string `json:"name"` // of the flag and in the file
	Env    string `json:"env"`
	Value  string `json:"value"`
	Origin Origin `json:"origin"`
	Where  string `json:"where"` // --data, PHOHIEN_DATA, the file's path, ""
}

// Sources are where settings come from. Tests hand in their own.
type Sources struct {
	Flags map[string]string            // flags that were given, by name without dashes
	Env   func(string) (string, bool)  // os.LookupEnv
	File  string                       // --config; "" = phohien.yaml in the data folder, if it is there
	Read  func(string) ([]byte, error) // os.ReadFile when nil
}

// FileName is the settings file in the data folder.
const FileName = "phohien.yaml"

// A field is one setting: its name, and how text becomes a value and back.
type field struct {
	name string
	env  string
	set  func(c *Config, text string) error
	show func(c *Config) string
}

func fields() []field {
	return []field{
		{"data", "PHOHIEN_DATA",
			func(c *Config, s string) error { c.Data = s; return nil },
			func(c *Config) string { return c.Data }},
		{"listen", "PHOHIEN_LISTEN",
			func(c *Config, s string) error { c.Listen = s; return nil },
			func(c *Config) string { return c.Listen }},
		{"database", "PHOHIEN_DATABASE",
			func(c *Config, s string) error { c.Database = s; return nil },
			func(c *Config) string { return Redact(c.Database) }},
		{"hosts", "PHOHIEN_HOSTS",
			func(c *Config, s string) error { c.Hosts = list(s); return nil },
			func(c *Config) string { return strings.Join(c.Hosts, ",") }},
		{"memory", "PHOHIEN_MEMORY",
			func(c *Config, s string) (err error) { c.Memory, err = parseBytes(s); return err },
			func(c *Config) string { return showBytes(c.Memory) }},
		{"threads", "PHOHIEN_THREADS",
			func(c *Config, s string) (err error) { c.Threads, err = strconv.Atoi(s); return err },
			func(c *Config) string { return strconv.Itoa(c.Threads) }},
		{"lang", "PHOHIEN_LANG", setLang, func(c *Config) string { return string(c.Lang) }},
		{"inbox", "PHOHIEN_INBOX",
			func(c *Config, s string) (err error) { c.Inbox, err = parseOnOff(s); return err },
			func(c *Config) string { return onOff(c.Inbox) }},
		{"log-format", "PHOHIEN_LOG_FORMAT", setLogFormat, func(c *Config) string { return c.LogFormat }},
		{"log-level", "PHOHIEN_LOG_LEVEL",
			func(c *Config, s string) error { return c.LogLevel.UnmarshalText([]byte(s)) },
			func(c *Config) string { return strings.ToLower(c.LogLevel.String()) }},
		{"traces", "PHOHIEN_TRACES",
			func(c *Config, s string) error { c.Traces = s; return nil },
			func(c *Config) string { return Redact(c.Traces) }},
		{"trace-share", "PHOHIEN_TRACE_SHARE", setTraceShare,
			func(c *Config) string { return strconv.FormatFloat(c.TraceShare, 'g', -1, 64) }},
		{"backup-dir", "PHOHIEN_BACKUP_DIR",
			func(c *Config, s string) error { c.BackupDir = s; return nil },
			func(c *Config) string { return c.BackupDir }},
		{"master-key", "PHOHIEN_MASTER_KEY",
			func(c *Config, s string) error { c.MasterKey = s; return nil },
			func(c *Config) string { return c.MasterKey }},
		{"platform", "PHOHIEN_PLATFORM",
			func(c *Config, s string) error { c.Platform = s; return nil },
			func(c *Config) string { return c.Platform }},
		{"sms-url", "PHOHIEN_SMS_URL",
			func(c *Config, s string) error { c.SMS.URL = s; return nil },
			func(c *Config) string { return Redact(c.SMS.URL) }},
		{"sms-body", "PHOHIEN_SMS_BODY",
			func(c *Config, s string) error { c.SMS.Body = s; return nil },
			func(c *Config) string { return c.SMS.Body }},
		{"sms-header", "PHOHIEN_SMS_HEADER",
			func(c *Config, s string) error { c.SMS.Header = s; return nil },
			func(c *Config) string { return c.SMS.Header }},
		{"sms-secret", "PHOHIEN_SMS_SECRET",
			func(c *Config, s string) error { c.SMS.Secret = s; return nil },
			func(c *Config) string { return c.SMS.Secret }},
		{"sms-accept", "PHOHIEN_SMS_ACCEPT",
			func(c *Config, s string) error { c.SMS.Accept = s; return nil },
			func(c *Config) string { return c.SMS.Accept }},
		{"outgoing", "PHOHIEN_OUTGOING",
			func(c *Config, s string) error { c.Outgoing = list(s); return nil },
			func(c *Config) string { return strings.Join(c.Outgoing, ",") }},
		{"tls-cert", "PHOHIEN_TLS_CERT",
			func(c *Config, s string) error { c.TLSCert = s; return nil },
			func(c *Config) string { return c.TLSCert }},
		{"tls-key", "PHOHIEN_TLS_KEY",
			func(c *Config, s string) error { c.TLSKey = s; return nil },
			func(c *Config) string { return c.TLSKey }},
		{"acme-host", "PHOHIEN_ACME_HOST",
			func(c *Config, s string) error { c.ACMEHosts = list(s); return nil },
			func(c *Config) string { return strings.Join(c.ACMEHosts, ",") }},
		{"acme-directory", "PHOHIEN_ACME_DIRECTORY",
			func(c *Config, s string) error { c.ACMEDirectory = s; return nil },
			func(c *Config) string { return Redact(c.ACMEDirectory) }},
		{"listen-http", "PHOHIEN_LISTEN_HTTP",
			func(c *Config, s string) error { c.ListenHTTP = s; return nil },
			func(c *Config) string { return c.ListenHTTP }},
		{"behind-proxy", "PHOHIEN_BEHIND_PROXY",
			func(c *Config, s string) (err error) { c.BehindProxy, err = parseOnOff(s); return err },
			func(c *Config) string { return onOff(c.BehindProxy) }},
		{"proxies", "PHOHIEN_PROXIES", setProxies, showProxies},
	}
}

func setLogFormat(c *Config, s string) error {
	if s != telemetry.Text && s != telemetry.JSON {
		return errors.New("neither text nor json")
	}
	c.LogFormat = s
	return nil
}

func setTraceShare(c *Config, s string) (err error) {
	c.TraceShare, err = strconv.ParseFloat(s, 64)
	if err == nil && !(c.TraceShare >= 0 && c.TraceShare <= 1) {
		err = errors.New("not between 0 and 1")
	}
	return err
}

// parseOnOff takes what a YAML file may make of on and off, too.
func parseOnOff(s string) (bool, error) {
	switch strings.ToLower(s) {
	case "on", "true":
		return true, nil
	case "off", "false":
		return false, nil
	}
	return false, errors.New("neither on nor off")
}

func setProxies(c *Config, s string) error {
	c.Proxies = nil
	for _, part := range list(s) {
		n, err := rate.ParseNetwork(part)
		if err != nil {
			return fault.New(fault.Invalid, "tls.proxy-address", part).Because(err)
		}
		c.Proxies = append(c.Proxies, n)
	}
	return nil
}

func showProxies(c *Config) string {
	all := make([]string, len(c.Proxies))
	for i, p := range c.Proxies {
		all[i] = p.String()
	}
	return strings.Join(all, ",")
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func setLang(c *Config, s string) error {
	l, ok := locale.Known(s)
	if !ok {
		return errors.New("unknown language")
	}
	c.Lang = l
	return nil
}

// ReadConfig puts the settings together: flag before environment before file
// before default. It answers with each setting's origin, also when one of them
// is wrong, so that doctor can show them all.
func ReadConfig(src Sources) (Config, []Setting, error) {
	if src.Read == nil {
		src.Read = os.ReadFile
	}
	c := DefaultConfig()
	r := &reader{Sources: src, config: &c}
	// The folder says where the file is, so it is known before the file.
	r.path = src.File
	if r.path == "" {
		folder := c.Data
		if v, _, _, ok := r.given(field{name: "data", env: "PHOHIEN_DATA"}); ok {
			folder = v
		}
		r.path = filepath.Join(folder, FileName)
	}
	err := r.readFile()
	var settings []Setting
	for _, f := range fields() {
		s, wrong := r.apply(f)
		settings = append(settings, s)
		err = errors.Join(err, wrong)
	}
	if err != nil {
		return c, settings, err
	}
	return c, settings, c.Validate()
}

type reader struct {
	Sources
	config *Config
	path   string
	file   map[string]string
}

// given finds a setting's text, strongest origin first.
func (r *reader) given(f field) (text string, from Origin, where string, ok bool) {
	if v, ok := r.Flags[f.name]; ok {
		return v, FromFlag, "--" + f.name, true
	}
	if r.Env != nil {
		if v, ok := r.Env(f.env); ok && v != "" {
			return v, FromEnvironment, f.env, true
		}
	}
	if v, ok := r.file[f.name]; ok {
		return v, FromFile, r.path, true
	}
	return "", FromDefault, "", false
}

func (r *reader) apply(f field) (Setting, error) {
	text, from, where, ok := r.given(f)
	s := Setting{Name: f.name, Env: f.env, Origin: from, Where: where}
	var err error
	if ok {
		if wrong := f.set(r.config, text); wrong != nil {
			err = wrong
			if fault.Of(wrong) == nil {
				err = fault.New(fault.Invalid, "config.value", f.name, Redact(text), where).Because(wrong)
			}
		}
	}
	s.Value = f.show(r.config)
	return s, err
}

// readFile reads the settings file. The one in the data folder may be absent;
// the one that --config names may not.
func (r *reader) readFile() error {
	text, err := r.Read(r.path)
	if errors.Is(err, fs.ErrNotExist) && r.File == "" {
		return nil
	}
	if err != nil {
		return fault.New(fault.Invalid, "config.file", r.path).Because(err)
	}
	var raw map[string]any
	if err := yaml.Unmarshal(text, &raw); err != nil {
		return fault.New(fault.Invalid, "config.file", r.path).Because(err)
	}
	r.file = map[string]string{}
	for name, v := range raw {
		if !slices.ContainsFunc(fields(), func(f field) bool { return f.name == name }) {
			return fault.New(fault.Invalid, "config.unknown", name, r.path, names())
		}
		switch v := v.(type) {
		case []any:
			parts := make([]string, len(v))
			for i := range v {
				parts[i] = fmt.Sprint(v[i])
			}
			r.file[name] = strings.Join(parts, ",")
		case nil:
		default:
			r.file[name] = fmt.Sprint(v)
		}
	}
	return nil
}

func names() string {
	var all []string
	for _, f := range fields() {
		all = append(all, f.name)
	}
	return strings.Join(all, ", ")
}

// Validate refuses what cannot work, with a sentence that says how to mend it.
func (c *Config) Validate() error {
	if strings.TrimSpace(c.Data) == "" {
		return fault.New(fault.Invalid, "store.no-dir")
	}
	if c.Database != "" && !strings.HasPrefix(c.Database, "postgres://") && !strings.HasPrefix(c.Database, "postgresql://") {
		return fault.New(fault.Invalid, "store.bad-url")
	}
	if c.Memory < 0 || c.Memory > 0 && c.Memory < 64<<20 {
		return fault.New(fault.Invalid, "config.memory", c.Memory)
	}
	if err := c.checkBackupDir(); err != nil {
		return err
	}
	if c.Threads < 0 {
		return fault.New(fault.Invalid, "config.value", "threads", strconv.Itoa(c.Threads), "")
	}
	if _, err := dial.New(dial.Options{Allow: c.Outgoing}); err != nil {
		return err
	}
	if c.Traces != "" && !isWeb(c.Traces) {
		return fault.New(fault.Invalid, "config.traces", Redact(c.Traces))
	}
	if err := checkAddress(c.Listen); err != nil {
		return err
	}
	if err := c.SMS.Check(); err != nil {
		return err
	}
	return c.validateTLS()
}

// isWeb reports whether an address is one of http, without a name or password
// in it.
func isWeb(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
}

// checkAddress refuses what is not host:port.
func checkAddress(address string) error {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return fault.New(fault.Invalid, "config.listen", address).Because(err)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return fault.New(fault.Invalid, "config.listen", address)
	}
	return nil
}

// Redact hides the password of a database address, and whatever stands in an
// address that cannot be read.
func Redact(address string) string {
	if !strings.Contains(address, "://") {
		return address
	}
	u, err := url.Parse(address)
	if err != nil {
		scheme, _, _ := strings.Cut(address, "://")
		return scheme + "://…"
	}
	q := u.Query()
	for name := range q {
		if strings.Contains(strings.ToLower(name), "pass") {
			q.Set(name, "xxxxx")
			u.RawQuery = q.Encode()
		}
	}
	return u.Redacted()
}

func list(s string) []string {
	var all []string
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.ToLower(strings.TrimSpace(part)); part != "" {
			all = append(all, part)
		}
	}
	return all
}

var units = []struct {
	suffix string
	bytes  int64
}{{"TB", 1 << 40}, {"GB", 1 << 30}, {"MB", 1 << 20}, {"KB", 1 << 10}, {"B", 1}}

// parseBytes reads a size such as 2GB, 512MB or 1073741824.
func parseBytes(s string) (int64, error) {
	s = strings.ToUpper(strings.TrimSpace(s))
	by := int64(1)
	for _, u := range units {
		if n, ok := strings.CutSuffix(s, u.suffix); ok {
			s, by = strings.TrimSpace(n), u.bytes
			break
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, err
	}
	if n < 0 || n > (1<<62)/by {
		return 0, errors.New("out of range")
	}
	return n * by, nil
}

func showBytes(n int64) string {
	if n == 0 {
		return "0"
	}
	for _, u := range units {
		if n%u.bytes == 0 {
			return strconv.FormatInt(n/u.bytes, 10) + u.suffix
		}
	}
	return strconv.FormatInt(n, 10)
}
