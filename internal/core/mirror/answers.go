package mirror

import (
	lru "container/list"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// answers keeps what was answered, up to a number of bytes, and lets those who
// ask the same at one time wait for one answer.
//
// An answer is known by the states of the tables that it was taken from and by the
// question as SQL, with all values. Whoever asks has opened that state and had
// the question written for what they may see of it: which rows, which columns,
// what is held, down to the secret of hidden keys. So nothing has to be thrown
// away when rows, holds, the contract or a policy change: the question is then
// another. What is refused is refused before anybody looks here.
type answers struct {
	most int64

	mu      sync.Mutex
	kept    map[answerKey]*lru.Element // of *answer
	recent  *lru.List                  // the last used first
	bytes   int64
	flights map[answerKey]*flight
	figures AnswerFigures
}

// AnswerFigures say how answers were found since the mirror was opened.
type AnswerFigures struct {
	Kept   int64 // found
	Shared int64 // waited for while another asked the same
	Made   int64 // taken from the table
	Bytes  int64 // that are kept now
}

type answerKey [sha256.Size]byte

type answer struct {
	key       answerKey
	addresses []string // of the tables that it was taken from
	value     sized
	bytes     int64
}

// A sized answer says about how many bytes it takes.
type sized interface{ size() int64 }

// A flight is a question that is being answered.
type flight struct {
	done      chan struct{}
	addresses []string
	forgotten bool // nothing of it may be kept any more
	value     sized
	err       error
}

const (
	mostAnswerBytes = 32 << 20
	answerShare     = 8   // no answer may take more than this part of all
	answerOverhead  = 300 // bytes, about
)

func newAnswers(most int64) *answers {
	return &answers{most: most, kept: map[answerKey]*lru.Element{}, recent: lru.New(), flights: map[answerKey]*flight{}}
}

// Answers says how figures were found so far.
func (m *Mirror) Answers() AnswerFigures {
	m.answers.mu.Lock()
	defer m.answers.mu.Unlock()
	f := m.answers.figures
	f.Bytes = m.answers.bytes
	return f
}

// remembered gives what was answered before, or takes it from the picture. What
// is given is shared: nobody changes it.
func remembered[T sized](ctx context.Context, a *answers, p *picture, question string, take func() (T, error)) (T, error) {
	args := fmt.Sprintf("%#v", p.args)
	key := answerKey(sha256.Sum256(fmt.Appendf(nil, "%d %s%d %s%d %s%s", len(p.obj.Dataset), p.obj.Dataset, len(p.state), p.state, len(args), args, question)))
	v, err := a.do(ctx, []string{p.obj.Dataset}, key, func() (sized, error) { return take() })
	if err != nil {
		var none T
		return none, err
	}
	return v.(T), nil
}

func (a *answers) do(ctx context.Context, addresses []string, key answerKey, take func() (sized, error)) (sized, error) {
	for {
		a.mu.Lock()
		if e, ok := a.kept[key]; ok {
			a.recent.MoveToFront(e)
			a.figures.Kept++
			a.mu.Unlock()
			return e.Value.(*answer).value, nil
		}
		f, flying := a.flights[key]
		if !flying {
			f = &flight{done: make(chan struct{}), addresses: addresses, err: errNotAnswered}
			a.flights[key] = f
			a.figures.Made++
			a.mu.Unlock()
			return a.lead(key, f, take)
		}
		a.mu.Unlock()
		select {
		case <-f.done:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		if gaveUp(f.err) {
			continue // who asked first has gone away; that is no answer
		}
		a.mu.Lock()
		a.figures.Shared++
		a.mu.Unlock()
		return f.value, f.err
	}
}

var errNotAnswered = errors.New("mirror: the question was not answered")

func gaveUp(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, errNotAnswered)
}

// lead answers for all who wait.
func (a *answers) lead(key answerKey, f *flight, take func() (sized, error)) (sized, error) {
	defer func() { // also when take panics: nobody waits for ever
		a.mu.Lock()
		delete(a.flights, key)
		if f.err == nil && !f.forgotten {
			a.keep(&answer{key: key, addresses: f.addresses, value: f.value, bytes: f.value.size() + answerOverhead})
		}
		a.mu.Unlock()
		close(f.done)
	}()
	f.value, f.err = take()
	return f.value, f.err
}

// keep keeps an answer and lets go of those that nobody has asked for longest.
func (a *answers) keep(one *answer) {
	if one.bytes > a.most/answerShare {
		return
	}
	a.kept[one.key] = a.recent.PushFront(one)
	a.bytes += one.bytes
	for a.bytes > a.most {
		a.remove(a.recent.Back())
	}
}

func (a *answers) remove(e *lru.Element) {
	one := a.recent.Remove(e).(*answer)
	delete(a.kept, one.key)
	a.bytes -= one.bytes
}

// forget lets go of the answers about an address, "" for all: where a data set
// is removed or a record erased nothing of it is left here.
func (a *answers) forget(address string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for e := a.recent.Front(); e != nil; {
		next := e.Next()
		if address == "" || slices.Contains(e.Value.(*answer).addresses, address) {
			a.remove(e)
		}
		e = next
	}
	for _, f := range a.flights {
		f.forgotten = f.forgotten || address == "" || slices.Contains(f.addresses, address)
	}
}

func (g Groups) size() int64 {
	n := int64(64)
	for _, one := range g.Groups {
		n += 64
		for _, v := range one.Values {
			n += 8
			if v != nil {
				n += 16 + int64(len(*v))
			}
		}
		for _, m := range one.Measures {
			n += 8
			if m != nil {
				n += 40 + int64(len(m.Sum)+len(m.Value))
			}
		}
	}
	return n
}
