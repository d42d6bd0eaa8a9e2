package app

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/channels/inbox"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/actor"
)

// waitFor waits until a file is there.
func waitFor(t *testing.T, pattern string) string {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		if len(found) == 1 {
			return found[0]
		}
	}
	t.Fatalf("%s did not come", pattern)
	return ""
}

// TestInbox puts files into the folder of a data set, with the corridor as it
// is.
func TestInbox(t *testing.T) {
	a := open(t, config(t.TempDir()))
	if _, err := a.Packs.Install(t.Context(), actor.System, false, smallPack(t)); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(a.Config.Data, "inbox")
	run := func() (stop func()) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		box := inbox.New(inbox.Deps{Dir: dir, Corridor: a.Corridor, Contracts: a.Contracts, Pages: "http://localhost", Every: 5 * time.Millisecond, Log: a.Log})
		go func() { done <- box.Run(ctx) }()
		return func() {
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	}
	put := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, "thu-co-so", name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	stop := run()
	waitFor(t, filepath.Join(dir, "thu-co-so"))

	put("a.csv", "ma,ten\nCS001,Một\nCS002,Hai\nSAI,Ba\n")
	text := waitFor(t, filepath.Join(dir, "thu-co-so", "da-nhan", "*", "a.csv.txt"))
	waitFor(t, strings.TrimSuffix(text, ".txt"))
	said, err := os.ReadFile(text)
	if err != nil || !strings.Contains(string(said), "3 dòng: 2 dòng đạt, 1 dòng chưa đạt") {
		t.Errorf("the text says %s, %v", said, err)
	}

	put("b.csv", "%PDF-1.7\n")
	waitFor(t, filepath.Join(dir, "thu-co-so", "khong-nhan", "*", "b.csv"))

	// Headings that nobody knows: a person is asked.
	put("c.csv", "cột một,cột hai\n1,2\n3,4\n")
	waitFor(t, filepath.Join(dir, "thu-co-so", "cho-xac-nhan", "c.csv"))

	// The same file once more, under the same name and with the same time: as
	// if the program had ended before it could move it.
	stop()
	file := strings.TrimSuffix(text, ".txt")
	if err := os.Rename(file, filepath.Join(dir, "thu-co-so", "a.csv")); err != nil {
		t.Fatal(err)
	}
	stop = run()
	waitFor(t, file)
	stop()
	list, _, err := a.Corridor.Batches(t.Context(), "thu-co-so", "", 10)
	if err != nil {
		t.Fatal(err)
	}
	written := 0
	for _, s := range list {
		if s.State.Acknowledged() {
			written++
		}
	}
	if written != 1 {
		t.Errorf("%d batches were written, want one: %+v", written, list)
	}
}

// TestInbox_secret: of a file with a mark of secrecy nothing is anywhere but
// where it was put.
func TestInbox_secret(t *testing.T) {
	a := open(t, config(t.TempDir()))
	if _, err := a.Packs.Install(t.Context(), actor.System, false, smallPack(t)); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(a.Config.Data, "inbox")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	box := inbox.New(inbox.Deps{Dir: dir, Corridor: a.Corridor, Contracts: a.Contracts, Every: 5 * time.Millisecond, Log: a.Log})
	go func() { done <- box.Run(ctx) }()
	waitFor(t, filepath.Join(dir, "thu-co-so"))
	const secret = "doan-van-khong-ai-duoc-biet"
	file := filepath.Join(dir, "thu-co-so", "ke-hoach.csv")
	if err := os.WriteFile(file, []byte("TUYỆT MẬT\nma,ten\nCS001,"+secret+"\nCS002,"+secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	notice := waitFor(t, filepath.Join(dir, "thu-co-so", "_phohien-*.txt"))
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if said, err := os.ReadFile(notice); err != nil || strings.Contains(string(said), "ke-hoach") || !strings.Contains(string(said), "Tuyệt mật") {
		t.Errorf("the notice says %s, %v", said, err)
	}
	err := filepath.WalkDir(a.Config.Data, func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() || name == file {
			return err
		}
		b, err := os.ReadFile(name)
		if strings.Contains(string(b), secret) {
			t.Errorf("%s holds a part of it", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(file); err != nil {
		t.Errorf("the file itself: %v", err)
	}
}

// TestInbox_held: a file whose batch waits for a person waits with it.
func TestInbox_held(t *testing.T) {
	a := open(t, config(t.TempDir()))
	if _, err := a.Packs.Install(t.Context(), actor.System, false, smallPack(t)); err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	all.WriteString("ma,ten\n")
	for i := range 60 {
		all.WriteString("CS" + string(rune('0'+i/100)) + string(rune('0'+i/10%10)) + string(rune('0'+i%10)) + ",Cơ sở\n")
	}
	_, err := a.Corridor.Send(t.Context(), actor.System, corridor.Request{Dataset: "thu-co-so", Name: "x.csv", Mode: contract.Replace, Body: strings.NewReader(all.String())})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(a.Config.Data, "inbox")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	box := inbox.New(inbox.Deps{Dir: dir, Corridor: previewing{a.Corridor}, Contracts: a.Contracts, Every: 5 * time.Millisecond})
	go func() { done <- box.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	waitFor(t, filepath.Join(dir, "thu-co-so"))
	if err := os.WriteFile(filepath.Join(dir, "thu-co-so", "c.csv"), []byte("ma,ten\nCS001,Một\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	waitFor(t, filepath.Join(dir, "thu-co-so", "cho-xac-nhan", "c.csv"))
	list, _, err := a.Corridor.Batches(t.Context(), "thu-co-so", "", 1)
	if err != nil || len(list) != 1 || list[0].State != corridor.Held {
		t.Fatalf("%+v, %v", list, err)
	}
	if _, err := a.Corridor.Confirm(t.Context(), actor.System, list[0].ID); err != nil {
		t.Fatal(err)
	}
	waitFor(t, filepath.Join(dir, "thu-co-so", "da-nhan", "*", "c.csv"))
}

// previewing has every file held that comes through it.
type previewing struct{ *corridor.Corridor }

func (p previewing) Receive(ctx context.Context, by actor.Actor, in corridor.Request) (corridor.Status, error) {
	in.Preview, in.Mode = true, contract.Replace // the file is one row of sixty
	return p.Corridor.Receive(ctx, by, in)
}
