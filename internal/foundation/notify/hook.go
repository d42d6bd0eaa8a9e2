package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// hookTime is how long a webhook may take; Standard Webhooks asks for 15 to 30
// seconds.
const hookTime = 20 * time.Second

// A hookBody is what a webhook gets. It names no account.
type hookBody struct {
	Type      string    `json:"type"` // notice.created
	Timestamp time.Time `json:"timestamp"`
	Data      hookData  `json:"data"`
}

type hookData struct {
	ID       string   `json:"id"`
	Kind     string   `json:"kind"`
	Severity Severity `json:"severity"`
	Org      string   `json:"org,omitempty"`
	Title    saidBoth `json:"title"`
	Text     saidBoth `json:"text"`
	URL      string   `json:"url,omitempty"`
	Subject  struct {
		Kind string `json:"kind"`
		ID   string `json:"id"`
	} `json:"subject"`
}

// sendHook posts a notice, signed as the Standard Webhooks specification 1.0.0
// says: webhook-id, webhook-timestamp in seconds, and webhook-signature, "v1,"
// with the base64 of HMAC-SHA256 over "id.timestamp.body".
func (s *Store) sendHook(ctx context.Context, c Channel, secret string, d *Delivery, n *Notice) (err error) {
	body := hookBody{Type: "notice.created", Timestamp: n.CreatedAt.UTC(), Data: hookData{
		ID: n.ID, Kind: n.Kind, Severity: n.Severity, Org: n.Org, Title: saidBoth{n.TitleVi, n.TitleEn}, Text: saidBoth{n.TextVi, n.TextEn},
	}}
	if n.Path != "" {
		body.Data.URL = link(s.Base, n.Path)
	}
	body.Data.Subject.Kind, body.Data.Subject.ID = n.SubjectKind, n.SubjectID
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	stamp := strconv.FormatInt(s.db.Now().Unix(), 10)
	signature, err := sign(secret, d.ID, stamp, text)
	if err != nil {
		return finalError{err}
	}
	dialer, err := s.dialer()
	if err != nil {
		return err
	}
	client := dialer.Client()
	defer client.CloseIdleConnections()
	// What was meant for one address is not sent on to another.
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	ctx, cancel := context.WithTimeout(ctx, hookTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL, bytes.NewReader(text))
	if err != nil {
		return finalError{err}
	}
	for name, value := range map[string]string{
		"Content-Type": "application/json", "User-Agent": "phohien", "webhook-id": d.ID, "webhook-timestamp": stamp, "webhook-signature": signature,
	} {
		req.Header.Set(name, value)
	}
	resp, err := client.Do(req)
	if err != nil {
		var asked *url.Error // leaves the address out: it may hold a token
		if errors.As(err, &asked) {
			err = asked.Err
		}
		return err
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	if _, err := io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)); err != nil {
		return err
	}
	switch {
	case resp.StatusCode >= 200 && resp.StatusCode <= 299:
		return nil
	case resp.StatusCode == http.StatusGone: // the specification: wants nothing more of it
		return finalError{fault.New(fault.Unavailable, "notify.reason.status", resp.StatusCode)}
	}
	return fault.New(fault.Unavailable, "notify.reason.status", resp.StatusCode)
}

// sign makes the signature of a message.
func sign(secret, id, timestamp string, body []byte) (string, error) {
	key, err := secretBytes(secret)
	if err != nil {
		return "", err
	}
	h := hmac.New(sha256.New, key)
	for _, part := range []string{id, ".", timestamp, "."} {
		h.Write([]byte(part))
	}
	h.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(h.Sum(nil)), nil
}
