package signin

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/a-h/templ"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/locale"
)

type loginView struct {
	Back, Login string
	Problem     string
	Told        string // that all is well: signed out
	InApp       string // application that the browser is inside, "" for none
	Passkeys    bool
}

func (s *pages) enterRoutes() {
	s.open("GET /login", s.login)
	s.open("POST /login", s.begin)
	s.open("POST /login/passkey/options", s.passkeyOptions)
	s.open("POST /login/passkey", s.passkey)
	s.open("GET /login/step", s.step)
	s.open("POST /login/factor", s.factor)
	s.open("POST /login/challenge/passkey", s.challenge)
	s.open("POST /login/challenge/sms", s.challengeSMS)
	s.open("POST /login/password", s.password)
	s.open("POST /login/cancel", s.cancel)
	s.Handle("POST /logout", door.Open, s.logout)
}

// page is the frame of a page of the way in; path is where it can be opened
// again, in another language too.
func (s *pages) page(r *http.Request, title, path string) ui.Page {
	p := s.Page(r, ui.Say(r.Context(), title), "login")
	if u, err := url.Parse(path); err == nil {
		p.Here = u
	}
	return p
}

// shown answers with a page, or with one that says what is to be mended.
func (s *pages) shown(w http.ResponseWriter, r *http.Request, wrong error, p ui.Page, body templ.Component) error {
	if wrong != nil {
		return s.ShowWrong(w, r, wrong, p, body)
	}
	return s.Show(w, r, p, body)
}

// problem is an error in the reader's words, "" for none.
func problem(r *http.Request, err error) string {
	if err == nil {
		return ""
	}
	return locale.From(r.Context()).Error(err)
}

func (s *pages) login(w http.ResponseWriter, r *http.Request) error {
	if door.From(r.Context()).SignedIn != nil {
		return to(w, r, backOf(r))
	}
	v := loginView{}
	switch {
	case r.URL.Query().Has("bye"):
		v.Told = ui.Say(r.Context(), "signin.bye")
	case r.URL.Query().Has("over"):
		v.Problem = problem(r, fault.New(fault.Denied, "identity.pending.over"))
	}
	return s.showLogin(w, r, v, nil)
}

func (s *pages) showLogin(w http.ResponseWriter, r *http.Request, v loginView, wrong error) error {
	v.Back = backOf(r)
	v.InApp, v.Passkeys = identity.InApp(r.UserAgent())
	if wrong != nil {
		v.Problem = problem(r, wrong)
	}
	return s.shown(w, r, wrong, s.page(r, "signin.title", ui.Address("/login", "back", v.Back)), loginPage(v))
}

func (s *pages) begin(w http.ResponseWriter, r *http.Request) error {
	login := r.PostFormValue("login")
	step, err := s.Accounts.Begin(r.Context(), login, r.PostFormValue("password"), from(r))
	if err != nil {
		return s.showLogin(w, r, loginView{Login: login}, err)
	}
	return s.advance(w, r, step)
}

// passkeyOptions asks for any passkey of this site.
func (s *pages) passkeyOptions(w http.ResponseWriter, r *http.Request) error {
	token, c, err := s.Accounts.BeginPasskey(r.Context(), from(r))
	if err != nil {
		return tell(w, r, err)
	}
	keep(w, r, token, 10*time.Minute)
	return give(w, c.Options)
}

func (s *pages) passkey(w http.ResponseWriter, r *http.Request) error {
	step, err := s.Accounts.FinishPasskey(r.Context(), pending(r), []byte(r.PostFormValue("answer")), from(r))
	if err != nil {
		return s.showLogin(w, r, loginView{}, err)
	}
	return s.advance(w, r, step)
}

// advance leads on to what a sign-in lacks, or in.
func (s *pages) advance(w http.ResponseWriter, r *http.Request, step identity.Step) error {
	next := ui.Address("/login/step", "back", backOf(r))
	if step.Issued != nil {
		if err := s.let(w, r, *step.Issued); err != nil {
			return err
		}
		next = backOf(r)
	} else if step.Token != "" {
		keep(w, r, step.Token, step.Ends.Sub(s.Now()))
	}
	if len(step.Recovery) > 0 {
		return s.showRecovery(w, r, step.Recovery, next)
	}
	return to(w, r, next)
}

type stepView struct {
	place
	Name     string
	Problem  string
	InApp    string
	Passkeys bool
	Factors  []identity.Factor
	By       identity.Factor
	SentTo   string // last digits of the telephone a code was sent to
	Why      string
	Need     int
	Alone    bool
}

// step shows what a sign-in under way waits for.
func (s *pages) step(w http.ResponseWriter, r *http.Request) error {
	step, err := s.Accounts.Resume(r.Context(), pending(r))
	if err != nil {
		return s.startAgain(w, r, err)
	}
	if step.Kind == identity.StepDone {
		return s.advance(w, r, step)
	}
	return s.showStep(w, r, step, r.URL.Query().Get("sent"), nil)
}

// startAgain leads back to the beginning when a sign-in is over.
func (s *pages) startAgain(w http.ResponseWriter, r *http.Request, err error) error {
	if !fault.Is(err, "identity.pending.over") {
		return err
	}
	over := ""
	if pending(r) != "" {
		over = "1"
	}
	forget(w, r)
	return to(w, r, "/login", "back", backOf(r), "over", over)
}

// again shows the step again with what was wrong; a sign-in that this ended
// begins again.
func (s *pages) again(w http.ResponseWriter, r *http.Request, wrong error) error {
	if fault.KindOf(wrong) == fault.Internal {
		return wrong
	}
	step, err := s.Accounts.Resume(r.Context(), pending(r))
	if fault.Is(err, "identity.pending.over") {
		forget(w, r)
		return s.showLogin(w, r, loginView{}, err)
	}
	if err != nil {
		return err
	}
	if step.Kind == identity.StepDone {
		return s.advance(w, r, step)
	}
	return s.showStep(w, r, step, r.PostFormValue("sent"), wrong)
}

func (s *pages) showStep(w http.ResponseWriter, r *http.Request, step identity.Step, sent string, wrong error) error {
	v := stepView{
		place: inSignIn(r), Name: step.Name, Problem: problem(r, wrong), Factors: step.Factors, Why: step.Why, Need: step.Need, Alone: step.Alone, SentTo: sent,
	}
	v.InApp, v.Passkeys = identity.InApp(r.UserAgent())
	v.By = chosen(r, step.Factors, v.Passkeys)
	page, body := "signin.factor.title", factorPage(v)
	switch step.Kind {
	case identity.StepPassword:
		page, body = "signin.password.title", passwordPage(v)
	case identity.StepEnrol:
		page, body = "signin.enrol.title", enrolPage(v)
	}
	return s.shown(w, r, wrong, s.page(r, page, ui.Address("/login/step", "back", v.Back, "by", string(v.By))), body)
}

// chosen is the factor that a page asks for first: the one named, or the first
// that this browser can show.
func chosen(r *http.Request, factors []identity.Factor, passkeys bool) identity.Factor {
	if by := identity.Factor(r.FormValue("by")); slices.Contains(factors, by) {
		return by
	}
	for _, f := range factors {
		if passkeys || f != identity.FactorPasskey {
			return f
		}
	}
	return ""
}

// proof is the answer to a question for a factor.
func proof(r *http.Request) identity.Proof {
	return identity.Proof{Kind: identity.Factor(r.PostFormValue("by")), Code: r.PostFormValue("code"), Assertion: []byte(r.PostFormValue("answer"))}
}

func (s *pages) factor(w http.ResponseWriter, r *http.Request) error {
	step, err := s.Accounts.Finish(r.Context(), pending(r), proof(r))
	if err != nil {
		return s.again(w, r, err)
	}
	return s.advance(w, r, step)
}

func (s *pages) challenge(w http.ResponseWriter, r *http.Request) error {
	c, err := s.Accounts.Challenge(r.Context(), pending(r), identity.FactorPasskey)
	if err != nil {
		return tell(w, r, err)
	}
	return give(w, c.Options)
}

func (s *pages) challengeSMS(w http.ResponseWriter, r *http.Request) error {
	c, err := s.Accounts.Challenge(r.Context(), pending(r), identity.FactorSMS)
	if err != nil {
		return s.again(w, r, err)
	}
	return to(w, r, "/login/step", "back", backOf(r), "by", string(identity.FactorSMS), "sent", c.SentTo)
}

// twice reads a new password, which is typed twice.
func twice(r *http.Request) (string, error) {
	password := r.PostFormValue("new")
	if password != r.PostFormValue("again") {
		return "", fault.New(fault.Invalid, "signin.twice")
	}
	return password, nil
}

func (s *pages) password(w http.ResponseWriter, r *http.Request) error {
	password, err := twice(r)
	if err != nil {
		return s.again(w, r, err)
	}
	step, err := s.Accounts.SetPassword(r.Context(), pending(r), password)
	if err != nil {
		return s.again(w, r, err)
	}
	return s.advance(w, r, step)
}

func (s *pages) cancel(w http.ResponseWriter, r *http.Request) error {
	if err := s.Accounts.Cancel(r.Context(), pending(r)); err != nil {
		return err
	}
	forget(w, r)
	return to(w, r, "/login", "back", backOf(r))
}

// logout ends the session, or the operator's standing in this browser.
func (s *pages) logout(w http.ResponseWriter, r *http.Request) error {
	if err := read(w, r); err != nil {
		return err
	}
	c := door.From(r.Context())
	if !c.Known() {
		return to(w, r, "/login", "bye", "1") // it had ended by itself
	}
	if err := s.FormToken(r.Context(), r.PostFormValue("token")); err != nil {
		return err
	}
	if c.SignedIn != nil {
		if err := s.Accounts.SignOut(r.Context(), *c.SignedIn); err != nil {
			return err
		}
	}
	account(w, r, "")
	forgetOperator(w, r)
	return to(w, r, "/login", "bye", "1")
}

// give answers a script of ours.
func give(w http.ResponseWriter, body []byte) error {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, err := w.Write(body)
	return err
}

// tell says to a script what was wrong, in the reader's words. What is ours to
// mend goes the way of all errors.
func tell(w http.ResponseWriter, r *http.Request, err error) error {
	p := api.NewProblem(r.Context(), err)
	if p.Status == http.StatusInternalServerError {
		return err
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_, err = w.Write([]byte(p.Detail))
	return err
}
