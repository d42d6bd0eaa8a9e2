package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/mail"
	"net/textproto"
	"slices"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"github.com/phohien/phohien/internal/foundation/dial"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/store"
)

// mailTime is how long a whole conversation with a mail server may take.
const mailTime = 60 * time.Second

// sendMail sends a notice to the mailbox of an account.
func (s *Store) sendMail(ctx context.Context, c Channel, password string, d *Delivery, n *Notice) error {
	if s.Mailbox == nil {
		return finalError{fault.New(fault.NotFound, "notify.reason.no-mailbox")}
	}
	box, err := s.Mailbox(ctx, d.Account)
	if fault.Of(err) != nil {
		return finalError{err}
	}
	if err != nil {
		return err
	}
	if box.Address == "" {
		return finalError{fault.New(fault.NotFound, "notify.reason.no-mailbox")}
	}
	m, err := s.message(c, box, d, n)
	if err != nil {
		return finalError{err}
	}
	return s.post(ctx, c, password, m)
}

// post hands a mail to the server of a channel.
func (s *Store) post(ctx context.Context, c Channel, password string, m *gomail.Msg) error {
	dialer, err := s.dialer()
	if err != nil {
		return err
	}
	lines := &connections{d: dialer}
	client, err := s.mailer(c, password, lines)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, mailTime)
	defer cancel()
	err = client.DialAndSendWithContext(ctx, m)
	lines.close()
	if lasting(err) {
		return finalError{err}
	}
	return err
}

// Letter sends a mail at once to an address that is nobody's mailbox yet, by the
// channel that is on; without one it is a fault "notify.no-mail". Nothing of it is
// kept here, so it may hold a code.
func (s *Store) Letter(ctx context.Context, address string, l locale.Lang, subject, text string) error {
	var list []keptChannel
	err := s.db.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = channels(ctx, tx, `is_on = 1`)
		list = slices.DeleteFunc(list, func(c keptChannel) bool { return c.Kind != KindMail })
		return err
	})
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return fault.New(fault.Unavailable, "notify.no-mail")
	}
	c := list[0]
	password, err := s.secretOf(c)
	if err != nil {
		return err
	}
	m, err := letter(c.Channel, address, subject, text, l.T("notify.mail.automatic"))
	if err == nil {
		err = s.post(ctx, c.Channel, password, m)
	}
	if err != nil && fault.Of(err) == nil {
		// What the server says may name the address.
		s.Log.WarnContext(ctx, "letter not sent", slog.String("channel", c.ID), slog.String("why", private.ReplaceAllString(err.Error(), "…")))
		return fault.New(fault.Unavailable, "notify.letter")
	}
	return err
}

// letter is a mail with the head that all of them have; parts are its paragraphs.
func letter(c Channel, address, subject string, parts ...string) (*gomail.Msg, error) {
	m := gomail.NewMsg()
	if err := m.From(c.From); err != nil {
		return nil, fmt.Errorf("sender: %w", err)
	}
	if err := m.To(address); err != nil {
		return nil, errors.New("the address of the account cannot be written to") // without the address
	}
	m.SetGenHeader(gomail.Header("Auto-Submitted"), "auto-generated") // RFC 3834: nobody's holiday answer
	m.Subject(subject)
	m.SetBodyString(gomail.TypeTextPlain, strings.Join(parts, "\r\n\r\n")+"\r\n")
	return m, nil
}

// lasting reports whether a server refuses a message for good: this mailbox, this
// message. What it says to a sign-in may be mended by an administrator meanwhile.
func lasting(err error) bool {
	var refused *gomail.SendError
	if !errors.As(err, &refused) || refused.IsTemp() {
		return false
	}
	var said *textproto.Error
	return errors.As(err, &said) && said.Code >= 500 || refused.ErrorCode() >= 500
}

// message is a notice as a mail.
func (s *Store) message(c Channel, box Mailbox, d *Delivery, n *Notice) (*gomail.Msg, error) {
	l := box.Lang
	if l == "" {
		l = locale.Vi
	}
	parts := []string{n.Title(l)}
	if text := n.Text(l); text != "" {
		parts = append(parts, text)
	}
	if n.Path != "" && s.Base != "" {
		parts = append(parts, l.T("notify.mail.link", link(s.Base, n.Path)))
	}
	m, err := letter(c, box.Address, n.Title(l), append(parts, l.T("notify.mail.foot"))...)
	if err != nil {
		return nil, err
	}
	m.SetMessageIDWithValue(d.ID + "@" + domainOf(c.From)) // the same at each try
	m.SetDateWithValue(n.CreatedAt)
	if n.Severity == Urgent {
		m.SetImportance(gomail.ImportanceHigh)
	}
	return m, nil
}

// mailer speaks to the mail server over connections that package dial opens. A
// password goes over TLS alone, but to this machine itself.
func (s *Store) mailer(c Channel, password string, lines *connections) (*gomail.Client, error) {
	conf := &tls.Config{ServerName: c.Host, MinVersion: tls.VersionTLS12, RootCAs: s.Roots}
	open := func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := lines.open(ctx, network, address)
		if err != nil || c.TLS != TLS {
			return conn, err
		}
		over := tls.Client(conn, conf)
		if err := over.HandshakeContext(ctx); err != nil {
			return nil, err
		}
		return over, nil
	}
	options := []gomail.Option{
		gomail.WithPort(c.Port), gomail.WithTimeout(mailTime), gomail.WithTLSConfig(conf), gomail.WithDialContextFunc(open), gomail.WithHELO(domainOf(c.From)), gomail.WithoutNoop(),
	}
	switch c.TLS {
	case TLS:
		options = append(options, gomail.WithSSL())
	case StartTLS:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	default:
		if !loopback(c.Host) {
			return nil, fault.New(fault.Denied, "notify.channel.plain")
		}
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	if c.User != "" && password != "" {
		options = append(options, gomail.WithSMTPAuthCustom(&signIn{c: c, password: password}))
	}
	return gomail.NewClient(c.Host, options...)
}

// connections are those of one message. The mail client leaves them open when it
// gives up half-way.
type connections struct {
	d   *dial.Dialer
	all []net.Conn
}

func (l *connections) open(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := l.d.DialContext(ctx, network, address)
	if err == nil {
		l.all = append(l.all, conn)
	}
	return conn, err
}

// close closes what is open still; of what is closed nobody needs to know.
func (l *connections) close() {
	for _, conn := range l.all {
		_ = conn.Close()
	}
}

// domainOf is the domain of a sender's address; the machine's own name is nobody's
// business.
func domainOf(from string) string {
	a, err := mail.ParseAddress(from)
	if err != nil {
		return "localhost"
	}
	_, domain, _ := strings.Cut(a.Address, "@")
	return domain
}

// A signIn signs in as the server lets it, PLAIN before LOGIN. Both send the
// password as it is, so neither does without TLS but to this machine itself.
type signIn struct {
	smtp.Auth
	c        Channel
	password string
}

// Start implements smtp.Auth.
func (a *signIn) Start(server *smtp.ServerInfo) (string, []byte, error) {
	inside := a.c.TLS == NoTLS && loopback(a.c.Host)
	if slices.Contains(server.Auth, "PLAIN") {
		a.Auth = smtp.PlainAuth("", a.c.User, a.password, a.c.Host, inside)
	} else {
		a.Auth = smtp.LoginAuth(a.c.User, a.password, a.c.Host, inside)
	}
	return a.Auth.Start(server)
}
