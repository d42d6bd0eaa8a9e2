package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A client asks the API of a province: over the network when a server owns the
// data folder, inside this process when none does.
type client struct {
	http    *http.Client
	base    string
	token   string
	lang    locale.Lang
	running bool // a server owns the folder
	close   func() error
}

// connect finds who owns the data folder and returns a client of it. The caller
// closes it.
func (t *tool) connect(ctx context.Context) (*client, error) {
	owner, held, err := store.Holder(t.config.Data)
	if err != nil {
		return nil, err
	}
	if !held {
		return t.inside(ctx)
	}
	if owner.Address == "" || owner.TokenFile == "" {
		return nil, fault.New(fault.Conflict, "store.locked", t.config.Data, owner.PID, owner.Address)
	}
	token, err := os.ReadFile(owner.TokenFile)
	if err != nil {
		return nil, fault.New(fault.Denied, "cli.token", owner.TokenFile).Because(err)
	}
	// Only this machine is ever asked, and never by way of a proxy.
	transport := &http.Transport{Proxy: nil, DialContext: (&net.Dialer{Timeout: 5 * time.Second}).DialContext}
	return &client{
		http: &http.Client{Transport: transport}, base: "http://" + owner.Address, token: strings.TrimSpace(string(token)),
		lang: t.lang, running: true,
		close: func() error { transport.CloseIdleConnections(); return nil },
	}, nil
}

// with runs f with a client and closes it afterwards.
func (t *tool) with(ctx context.Context, f func(c *client) error) (err error) {
	c, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	return f(c)
}

// A problem is a refusal of the API, as RFC 9457 writes it.
type problem struct {
	api.Problem
	Problems []pack.Problem `json:"problems"`
}

func (p *problem) Error() string { return p.Type + ": " + p.En.Detail }

func (p *problem) text(l locale.Lang) string {
	text := p.Vi.Detail
	if l == locale.En {
		text = p.En.Detail
	}
	for _, part := range p.Errors {
		text += "\n  " + part.Location + ": " + part.Message
	}
	return text
}

// A request is one question to the API.
type request struct {
	method string
	path   string
	query  url.Values
	body   io.Reader
	header http.Header
}

// do asks and returns the answer, or the problem that it is.
func (c *client) do(ctx context.Context, in request) (*http.Response, error) {
	address := c.base + in.path
	if len(in.query) > 0 {
		address += "?" + in.query.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, in.method, address, in.body)
	if err != nil {
		return nil, err
	}
	for name, values := range in.header {
		r.Header[name] = values
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("Accept-Language", string(c.lang))
	r.Header.Set("User-Agent", "phohien/"+version)
	resp, err := c.http.Do(r)
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		var dial *net.OpError
		if errors.As(err, &dial) {
			return nil, fault.New(fault.Unavailable, "cli.unreachable", c.base).Because(err)
		}
		return nil, err
	}
	if resp.StatusCode < 400 {
		return resp, nil
	}
	return nil, errors.Join(readProblem(resp), resp.Body.Close())
}

func readProblem(resp *http.Response) error {
	body, err := io.ReadAll(io.LimitReader(resp.Body, 16<<20))
	if err != nil {
		return err
	}
	p := &problem{}
	if err := json.Unmarshal(body, p); err != nil || p.Vi.Detail == "" {
		return fmt.Errorf("the server answers %s: %.200s", resp.Status, body)
	}
	return p
}

// get asks for JSON.
func (c *client) get(ctx context.Context, path string, query url.Values, into any) error {
	return c.call(ctx, request{method: http.MethodGet, path: path, query: query}, into)
}

// call asks and reads the answer as JSON.
func (c *client) call(ctx context.Context, in request, into any) (err error) {
	resp, err := c.do(ctx, in)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	return json.NewDecoder(resp.Body).Decode(into)
}

// post sends a value as JSON.
func (c *client) post(ctx context.Context, path string, v, into any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return c.call(ctx, request{
		method: http.MethodPost, path: path, body: bytes.NewReader(body),
		header: http.Header{"Content-Type": {"application/json"}},
	}, into)
}

// copy asks and writes the answer to w as it comes.
func (c *client) copy(ctx context.Context, in request, w io.Writer) (err error) {
	resp, err := c.do(ctx, in)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	_, err = io.Copy(w, resp.Body)
	return err
}

// A page is a part of a list.
type page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next"`
}

// each walks all pages of a list.
func each[T any](ctx context.Context, c *client, path string, query url.Values, f func(T) error) error {
	q := url.Values{}
	for k, v := range query {
		q[k] = v
	}
	for {
		var part page[T]
		if err := c.get(ctx, path, q, &part); err != nil {
			return err
		}
		for _, item := range part.Items {
			if err := f(item); err != nil {
				return err
			}
		}
		if part.Next == "" {
			return nil
		}
		q.Set("after", part.Next)
	}
}

// all gathers what each hands over.
func all[T any](ctx context.Context, c *client, path string, query url.Values) ([]T, error) {
	list := []T{}
	err := each(ctx, c, path, query, func(item T) error {
		list = append(list, item)
		return nil
	})
	return list, err
}

func batchPath(id string) string { return api.Prefix + "/batches/" + url.PathEscape(id) }

func datasetPath(id string) string { return api.Prefix + "/datasets/" + url.PathEscape(id) }

// watch follows a batch until it is over and tells every change.
func (c *client) watch(ctx context.Context, id string, tell func(api.Batch)) (last api.Batch, err error) {
	resp, err := c.do(ctx, request{method: http.MethodGet, path: batchPath(id) + "/events"})
	if err != nil {
		return last, err
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		last = api.Batch{}
		if err := json.Unmarshal([]byte(data), &last); err != nil {
			return last, err
		}
		tell(last)
	}
	if err := lines.Err(); err != nil {
		if ctx.Err() != nil {
			return last, context.Cause(ctx)
		}
		return last, err
	}
	return last, nil
}

// finish follows a batch to its end. When this program is told to stop, the
// batch is cancelled if it still can be.
func (c *client) finish(ctx context.Context, id string, tell func(api.Batch)) (api.Batch, error) {
	last, err := c.watch(ctx, id, tell)
	if err == nil && !last.State.Final() {
		// The stream may end before the last change is told.
		err = c.get(ctx, batchPath(id), nil, &last)
	}
	if ctx.Err() == nil {
		return last, err
	}
	after, stop := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer stop()
	if cancelErr := c.call(after, request{method: http.MethodPost, path: batchPath(id) + "/cancel"}, &last); cancelErr != nil {
		return last, errors.Join(err, cancelErr)
	}
	return c.watch(after, id, tell)
}
