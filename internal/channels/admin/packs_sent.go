package admin

import (
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/internal/foundation/pack/unpack"
)

const (
	mostPack = 64 << 20  // bytes of an archive
	mostSent = 8         // packs that wait at once
	sentTime = time.Hour // for which one waits
)

// sentPacks are packs that were sent and looked at, each as a folder until it is
// installed, thrown away or its hour is over.
type sentPacks struct {
	mu  sync.Mutex
	all map[string]sentPack
}

type sentPack struct {
	by  string // who sent it: nobody else opens it
	dir string
	at  time.Time
}

// keep takes a folder over and gives the key under which its sender finds it. The
// oldest gives way when there are too many.
func (s *sentPacks) keep(by, dir string, now time.Time) (key string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[string]sentPack{}
	}
	oldest := ""
	for k, p := range s.all {
		if now.Sub(p.at) > sentTime {
			err = errors.Join(err, s.forget(k))
		} else if oldest == "" || p.at.Before(s.all[oldest].at) {
			oldest = k
		}
	}
	if len(s.all) >= mostSent {
		err = errors.Join(err, s.forget(oldest))
	}
	key = strings.ToLower(rand.Text())
	s.all[key] = sentPack{by, dir, now}
	return key, err
}

// forget removes a folder; the caller holds the lock.
func (s *sentPacks) forget(key string) error {
	p, ok := s.all[key]
	if !ok {
		return nil
	}
	delete(s.all, key)
	return os.RemoveAll(p.dir)
}

func (s *sentPacks) drop(by, key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all[key].by != by {
		return nil
	}
	return s.forget(key)
}

// find reads what was sent under a key.
func (s *sentPacks) find(by, key string, now time.Time) (*pack.Pack, error) {
	s.mu.Lock()
	p, ok := s.all[key]
	s.mu.Unlock()
	if !ok || p.by != by || now.Sub(p.at) > sentTime {
		return nil, fault.New(fault.NotFound, "packs.sent.gone")
	}
	return readSent(p.dir)
}

// subName says where in the folder the pack is.
const subName = ".phohien-top"

func readSent(dir string) (*pack.Pack, error) {
	sub, err := os.ReadFile(filepath.Join(dir, subName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.NotFound, "packs.sent.gone")
	}
	if err != nil {
		return nil, err
	}
	return pack.Read(os.DirFS(filepath.Join(dir, "goi", string(sub))))
}

// packSend takes an archive, unpacks it aside and goes on to what it would change.
func (s *pages) packSend(w http.ResponseWriter, r *http.Request) error {
	again := func() (screenView, error) { return s.packListView(r.Context()) }
	dir, err := s.takePack(w, r)
	if err != nil {
		return s.refusePack(w, r, err, again)
	}
	if _, err := readSent(dir); err != nil {
		return s.refusePack(w, r, errors.Join(err, os.RemoveAll(dir)), again)
	}
	key, err := s.Packs.sent.keep(door.Actor(r.Context()).ID, dir, time.Now())
	if err != nil {
		return err
	}
	http.Redirect(w, r, "/admin/pack-files/"+key, http.StatusSeeOther)
	return nil
}

// refusePack says what is wrong with an archive, with every fault found in it.
func (s *pages) refusePack(w http.ResponseWriter, r *http.Request, err error, again func() (screenView, error)) error {
	return s.refuse(w, r, err, func() (screenView, error) {
		v, e := again()
		if broken := refusedView(locale.From(r.Context()), err); e == nil && broken != nil {
			v.Sections = append([]sectionView{*broken}, v.Sections...)
		}
		return v, e
	})
}

// takePack reads the form: the token comes before the file.
func (s *pages) takePack(w http.ResponseWriter, r *http.Request) (dir string, err error) {
	part, err := s.File(w, r, mostPack+(1<<20), fault.New(fault.Invalid, "packs.send.none"))
	if err != nil {
		return "", err
	}
	guard.Extend(w, installTime)
	return s.unpackPart(part)
}

func (s *pages) unpackPart(part *multipart.Part) (dir string, err error) {
	if err := os.MkdirAll(s.Packs.Dir, 0o700); err != nil {
		return "", err
	}
	if dir, err = os.MkdirTemp(s.Packs.Dir, "goi-"); err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	return dir, unpackInto(dir, part)
}

// unpackInto keeps the archive while it is unpacked, no longer.
func unpackInto(dir string, archive io.Reader) (err error) {
	name := filepath.Join(dir, "tep-nen")
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(name)) }()
	size, err := io.Copy(f, io.LimitReader(archive, mostPack+1))
	var large *http.MaxBytesError
	if size > mostPack || errors.As(err, &large) {
		return fault.New(fault.TooLarge, "packs.send.large", int64(mostPack))
	}
	if err != nil {
		return fault.New(fault.Invalid, "page.form").Because(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "goi"), 0o700); err != nil {
		return err
	}
	root, err := os.OpenRoot(filepath.Join(dir, "goi"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	sub, err := unpack.Folder(f, size, root, unpack.Usual)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, subName), []byte(sub), 0o600)
}

func (s *pages) sentPlan(w http.ResponseWriter, r *http.Request) error {
	v, err := s.sentView(r)
	if err != nil {
		return err
	}
	return s.show(w, r, v)
}

func (s *pages) sentView(r *http.Request) (screenView, error) {
	key := r.PathValue("key")
	p, err := s.Packs.sent.find(door.Actor(r.Context()).ID, key, time.Now())
	if err != nil {
		return screenView{}, err
	}
	path := "/admin/pack-files/" + key
	v, err := s.planView(r.Context(), p, path, path+"/drop")
	if fault.Is(err, "pack.requires") { // said where the file can be thrown away
		l := locale.From(r.Context())
		v.Problem = s.explained(r.Context(), err)
		v.Sections = []sectionView{{ID: "about", Title: l.T("packs.facts"), Facts: manifestFacts(l, p.Manifest, nil)}, dropSection(r.Context(), path+"/drop")}
		return v, nil
	}
	return v, err
}

func (s *pages) sentInstall(w http.ResponseWriter, r *http.Request) error {
	again := func() (screenView, error) { return s.sentView(r) }
	return s.act(w, r, again, func(f url.Values) (string, error) {
		by, key := door.Actor(r.Context()).ID, r.PathValue("key")
		p, err := s.Packs.sent.find(by, key, time.Now())
		if err != nil {
			return "", err
		}
		to, err := s.install(w, r, p, f)
		if err != nil {
			return "", err
		}
		return to, s.Packs.sent.drop(by, key)
	})
}

func (s *pages) sentDrop(w http.ResponseWriter, r *http.Request) error {
	again := func() (screenView, error) { return s.packListView(r.Context()) }
	return s.act(w, r, again, func(url.Values) (string, error) {
		return "/admin/packs", s.Packs.sent.drop(door.Actor(r.Context()).ID, r.PathValue("key"))
	})
}
