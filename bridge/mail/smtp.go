package mail

import (
	"errors"
	"fmt"
	"io"
	"net/mail"
	"slices"
	"strings"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"turncoat"
	"turncoat/bridge"
)

// maxRecipients is how many a message may have.
const maxRecipients = 100

func (a *Account) newSMTP() *smtp.Server {
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &submission{account: a}, nil }))
	s.Domain = "localhost"
	s.MaxMessageBytes = MaxMessage
	s.MaxRecipients = maxRecipients
	s.MaxLineLength = 1 << 16 // programs write long lines, which mail should not have and often has
	s.EnableSMTPUTF8 = true
	s.AllowInsecureAuth = true // on the loopback address
	s.ErrorLog = silent
	return s
}

// submission is one client's connection.
type submission struct {
	account    *Account
	known      bool // the client has given the password
	recipients []string
}

var _ smtp.AuthSession = (*submission)(nil)

// refused is an answer that asks nobody to try again.
func refused(code, subject, detail int, format string, args ...any) *smtp.SMTPError {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, subject, detail}, Message: oneLine(fmt.Sprintf(format, args...))}
}

// AuthMechanisms lists how a client may give its password.
func (*submission) AuthMechanisms() []string { return []string{sasl.Plain} }

// Auth takes the password.
func (s *submission) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if !strings.EqualFold(user, s.account.address) || !s.account.secret.Is(password) {
			return smtp.ErrAuthFailed
		}
		s.known = true
		return nil
	}), nil
}

// Mail begins a message. Its sender must be the agent.
func (s *submission) Mail(from string, _ *smtp.MailOptions) error {
	if !s.known {
		return smtp.ErrAuthRequired
	}
	s.recipients = nil
	if !strings.EqualFold(from, s.account.address) {
		return s.account.refuse(from, "the sender address %q is not that of this account, which is %s", from, s.account.address)
	}
	return nil
}

// refuse records that a message was meant to be sent and was not.
func (a *Account) refuse(from, format string, args ...any) error {
	why := fmt.Errorf(format, args...)
	_, err := a.desk.Do(sendName, map[string]string{"from": from}, func(*bridge.Act) (string, error) { return "", why })
	if errors.Is(err, bridge.ErrOver) {
		why = err
	}
	return refused(553, 7, 1, "%v", why)
}

// sendName names a submission in the record.
const sendName = "smtp_send"

// Rcpt adds a recipient: whoever it is, for nobody is contacted.
func (s *submission) Rcpt(to string, _ *smtp.RcptOptions) error {
	if _, err := mail.ParseAddress(to); err != nil {
		return refused(553, 1, 3, "%q is no mail address", to)
	}
	s.recipients = append(s.recipients, to)
	return nil
}

// Data sends the message.
func (s *submission) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	return s.account.send(raw, s.recipients)
}

// Reset forgets a message that was begun.
func (s *submission) Reset() { s.recipients = nil }

// Logout ends the connection.
func (*submission) Logout() error { return nil }

// send delivers a message in the world to the recipients of its envelope, which
// alone say who gets it.
func (a *Account) send(raw []byte, envelope []string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	l, err := a.read(raw)
	if err != nil {
		return a.refuse(a.address, "%w", err)
	}
	for _, from := range l.From {
		if !strings.EqualFold(from.Address, a.address) {
			return a.refuse(from.Address, "the From field names %q, and this account is %s", from.Address, a.address)
		}
	}
	to, cc := reached(l, envelope)
	_, err = a.desk.Do(sendName, l.arguments(to, cc), func(act *bridge.Act) (string, error) {
		effect, err := deliver(act, l, to, cc)
		if err != nil {
			return "", err
		}
		a.written[effect.Mail.ID] = written{id: l.ID, raw: withoutBcc(raw)}
		act.Done(effect)
		return "Sent as message " + effect.Mail.ID + ".", nil
	})
	if err != nil {
		return refused(554, 6, 0, "%v", err)
	}
	return nil
}

// deliver sends a letter, or forwards it if it carries messages of the world.
func deliver(act *bridge.Act, l Letter, to, cc []mail.Address) (turncoat.Effect, error) {
	m := l.message(to, cc)
	if len(l.Passes) == 0 {
		return act.State.Send(m, act.Source)
	}
	// What the messages carry comes along with them, so only the rest is attached.
	for _, id := range l.Passes {
		original, _ := act.State.Mail(id)
		m.Attachments = slices.DeleteFunc(slices.Clone(m.Attachments), func(d string) bool { return slices.Contains(original.Attachments, d) })
	}
	return act.State.Forward(l.Passes, m, act.Source)
}

// reached returns who gets a letter: those of its head that are in the envelope,
// and as copies those that are in the envelope alone. Whoever the head names and
// the envelope does not gets nothing.
func reached(l Letter, envelope []string) (to, cc []mail.Address) {
	left := slices.Clone(envelope)
	pick := func(list []mail.Address) (picked []mail.Address) {
		for _, named := range list {
			i := slices.IndexFunc(left, func(address string) bool { return strings.EqualFold(address, named.Address) })
			if i >= 0 {
				picked = append(picked, named)
				left = slices.Delete(left, i, i+1)
			}
		}
		return picked
	}
	to, cc = pick(l.To), pick(l.Cc)
	for _, address := range left {
		a := mail.Address{Address: address}
		if len(to) == 0 {
			to = append(to, a)
			continue
		}
		if !slices.ContainsFunc(slices.Concat(to, cc), func(b mail.Address) bool { return strings.EqualFold(a.Address, b.Address) }) {
			cc = append(cc, a)
		}
	}
	return to, cc
}

// withoutBcc returns a message without the field that names secret recipients.
func withoutBcc(raw []byte) []byte {
	var out []byte
	inHead, dropping := true, false
	for line := range strings.Lines(string(raw)) {
		if inHead {
			continues := strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t")
			dropping = continues && dropping || !continues && strings.HasPrefix(strings.ToLower(line), "bcc:")
			inHead = strings.TrimRight(line, "\r\n") != ""
			if dropping {
				continue
			}
		}
		out = append(out, line...)
	}
	return out
}
