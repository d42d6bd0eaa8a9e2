package app

import (
	"bytes"
	"compress/gzip"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/telemetry"
)

// ask asks the app's handler, as the operator or as nobody.
func (w *watched) ask(method, path, token string, body io.Reader) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://localhost"+path, body)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	rec := httptest.NewRecorder()
	w.Handler().ServeHTTP(rec, r)
	return rec
}

// A watched app has the small pack and writes its log where the test reads it.
type watched struct {
	*App
	log *bytes.Buffer
}

func watch(t *testing.T, c Config, format string) *watched {
	t.Helper()
	var mu sync.Mutex
	log := &bytes.Buffer{}
	before := slog.Default()
	slog.SetDefault(slog.New(telemetry.Handler(locked{&mu, log}, format, slog.LevelDebug)))
	t.Cleanup(func() { slog.SetDefault(before) })
	w := &watched{open(t, c), log}
	if _, err := w.Packs.Install(t.Context(), actor.System, false, smallPack(t)); err != nil {
		t.Fatal(err)
	}
	return w
}

type locked struct {
	mu *sync.Mutex
	w  io.Writer
}

func (l locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

const secretName = "danh-sach-nguyen-van-kin.csv"

func (w *watched) send(t *testing.T) {
	t.Helper()
	r, err := w.Corridor.Send(t.Context(), actor.System, corridor.Request{
		Dataset: "thu-co-so", Name: secretName, Body: strings.NewReader("ma,ten\nCS001,Một\nCS002,Hai\nSAI,Tên Riêng Kín\n"),
	})
	if err != nil || r.Accepted != 2 {
		t.Fatalf("%+v, %v", r, err)
	}
	if err := w.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
}

var family = regexp.MustCompile(`(?m)^# TYPE (\S+) `)

// TestMetrics: the figures follow what happens, are for those who may, and have
// no label that somebody can make up.
func TestMetrics(t *testing.T) {
	w := watch(t, config(t.TempDir()), telemetry.JSON)
	w.send(t)
	for _, path := range []string{"/datasets/thu-co-so", "/datasets/khong-co", "/bia/dat/ra/" + secretName, "/api/v1/datasets/thu-co-so"} {
		w.ask("GET", path, w.Token(), nil)
	}
	w.ask("GET", "/api/v1/datasets/thu-co-so/records", "", nil)
	w.ask("BIADAT", "/", "", nil)
	if rec := w.ask("GET", "/metrics", "", nil); rec.Code != http.StatusUnauthorized || strings.Contains(rec.Body.String(), "phohien_") {
		t.Errorf("nobody known is answered %d %s", rec.Code, rec.Body)
	}
	rec := w.ask("GET", "/metrics", w.Token(), nil)
	got := rec.Body.String()
	if rec.Code != http.StatusOK || len(rec.Header().Get("X-Request-Id")) != 32 {
		t.Fatalf("%d %v\n%s", rec.Code, rec.Header(), got)
	}
	for _, want := range []string{
		`phohien_batches_total{kind="load",state="scored"} 1`, `phohien_rows_total{result="read"} 3`, `phohien_rows_total{result="accepted"} 2`, `phohien_rows_total{result="quarantined"} 1`,
		`phohien_stage_seconds_count{stage="commit"}`, `phohien_queue_batches{place="waiting"} 0`, `phohien_mirror_tables{state="not-made"} 2`, `phohien_mirror_lag_max 0`,
		`phohien_http_requests_total{method="GET",route="/datasets/{id}",status="200"} 1`, `phohien_http_requests_total{method="GET",route="/datasets/{id}",status="404"} 1`,
		`phohien_http_requests_total{method="GET",route="other",status="404"} 1`, `phohien_http_requests_total{method="other",`, `phohien_sign_ins_total{result="failed"} 0`,
		`phohien_audit_leaves `, `phohien_audit_checkpoint_age_seconds `, `phohien_disk_free_bytes `, `phohien_build_info{go="go`, "go_goroutines ", "process_open_fds ", `phohien_log_lines_total{level="info"}`,
	} {
		if !strings.Contains(got, "\n"+want) {
			t.Errorf("%s is not in\n%s", want, got)
		}
	}
	names := []string{}
	for _, m := range telemetry.Metrics() {
		names = append(names, m.Name)
	}
	for _, m := range family.FindAllStringSubmatch(got, -1) {
		if !slices.Contains(names, m[1]) && !strings.HasPrefix(m[1], "go_") && !strings.HasPrefix(m[1], "process_") && !strings.HasPrefix(m[1], "promhttp_") {
			t.Errorf("%s is not listed", m[1])
		}
	}
	for _, secret := range []string{secretName, "Tên Riêng Kín", "thu-co-so", "khong-co", "BIADAT"} {
		if strings.Contains(got, secret) {
			t.Errorf("%q is in the figures", secret)
		}
	}
	if n := len(got); n > 200_000 {
		t.Errorf("the figures are %d bytes long", n)
	}
}

// TestLog: lines say which request and which batch they belong to, and nothing
// that stands in a file.
func TestLog(t *testing.T) {
	w := watch(t, config(t.TempDir()), telemetry.JSON)
	w.send(t)
	r := httptest.NewRequest("GET", "http://localhost/datasets/khong-co?q="+secretName, nil)
	r.Header.Set("Traceparent", "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01")
	r.Header.Set("Authorization", "Bearer "+w.Token())
	w.Handler().ServeHTTP(httptest.NewRecorder(), r)
	got := w.log.String()
	for _, want := range []*regexp.Regexp{
		regexp.MustCompile(`"msg":"batch ended","batch":"[0-9A-Z]{26}","dataset":"thu-co-so","kind":"load","state":"scored","read":3,"accepted":2,"quarantined":1,"fault":"","seconds":0\.\d+`),
		regexp.MustCompile(`"msg":"request answered","method":"GET","route":"/datasets/\{id\}","status":404,"bytes":\d+,"seconds":[\d.e-]+,"request":"0123456789abcdef0123456789abcdef"`),
	} {
		if !want.MatchString(got) {
			t.Errorf("%s is not in\n%s", want, got)
		}
	}
	for _, secret := range []string{secretName, "Tên Riêng Kín", "khong-co", w.Token()} {
		if strings.Contains(got, secret) {
			t.Errorf("%q is in the log:\n%s", secret, got)
		}
	}
}

// A collector takes traces as one that understands OTLP does.
type collector struct {
	mu    sync.Mutex
	spans []*tracepb.Span
	raw   bytes.Buffer
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var from io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		from = z
	}
	body, err := io.ReadAll(from)
	var in v1.ExportTraceServiceRequest
	if err == nil {
		err = proto.Unmarshal(body, &in)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.raw.Write(body)
	for _, rs := range in.ResourceSpans {
		for _, ss := range rs.ScopeSpans {
			c.spans = append(c.spans, ss.Spans...)
		}
	}
}

// TestTraces: what a collector gets is what the page names, and nothing leaves
// for an address that the settings do not open.
func TestTraces(t *testing.T) {
	c := &collector{}
	server := httptest.NewServer(c)
	defer server.Close()
	for _, allowed := range []bool{false, true} {
		conf := config(t.TempDir())
		conf.Traces = strings.Replace(server.URL, "127.0.0.1", "localhost", 1) + "/v1/traces"
		if allowed {
			conf.Outgoing = []string{"127.0.0.1/32"}
		}
		w := watch(t, conf, telemetry.Text)
		w.send(t)
		body := strings.NewReader("ma,ten\nCS009,Chín\n")
		rec := w.ask("POST", "/api/v1/datasets/thu-co-so/batches?name=b.csv", w.Token(), body)
		if rec.Code != http.StatusAccepted {
			t.Fatalf("%d %s", rec.Code, rec.Body)
		}
		if err := w.Settled(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if !allowed {
			if len(c.spans) > 0 {
				t.Fatalf("%d spans went to an address of this machine that nobody opened", len(c.spans))
			}
			if said := w.log.String(); !strings.Contains(said, "not delivered") {
				t.Errorf("the log does not say that traces go nowhere:\n%s", said)
			}
		}
	}
	byID, names := map[string]*tracepb.Span{}, map[string]int{}
	for _, s := range c.spans {
		byID[string(s.SpanId)] = s
		names[s.Name]++
		for _, a := range s.Attributes {
			if !slices.Contains(telemetry.Attributes(), a.Key) {
				t.Errorf("attribute %s is not listed", a.Key)
			}
		}
		if known := append(telemetry.Stages(), telemetry.SpanBatch); !slices.Contains(known, s.Name) && !strings.Contains(s.Name, " /") {
			t.Errorf("span %s is not listed", s.Name)
		}
	}
	for _, want := range append(telemetry.Stages(), telemetry.SpanBatch, "POST /api/v1/datasets/{id}/batches") {
		if names[want] == 0 {
			t.Errorf("no span %s; there are %v", want, names)
		}
	}
	under := false
	for _, s := range c.spans {
		parent := byID[string(s.ParentSpanId)]
		under = under || s.Name == telemetry.SpanBatch && parent != nil && parent.Name == "POST /api/v1/datasets/{id}/batches"
	}
	if !under {
		t.Error("the batch that a request sent does not stand below it")
	}
	for _, secret := range []string{secretName, "Tên Riêng Kín"} {
		if bytes.Contains(c.raw.Bytes(), []byte(secret)) {
			t.Errorf("%q is in a trace", secret)
		}
	}
}
