package mail_test

import (
	"io"
	"net"
	"net/smtp"
	"slices"
	"strings"
	"testing"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"turncoat"
	"turncoat/bridge"
	"turncoat/bridge/bridgetest"
	"turncoat/bridge/mail"
)

// account is an account that is served as in a trial.
type account struct {
	desk             *bridge.Desk
	secret           bridge.Secret
	imapAddr, smtpAt string
}

func serve(t *testing.T, limits turncoat.TrialLimits) account {
	t.Helper()
	a := account{desk: bridgetest.Desk(t, limits), secret: bridge.NewSecret()}
	served, err := mail.NewAccount(a.desk, a.secret)
	if err != nil {
		t.Fatal(err)
	}
	for address, serve := range map[*string]func(net.Listener) error{&a.imapAddr: served.ServeIMAP, &a.smtpAt: served.ServeSMTP} {
		l, err := bridge.Listen(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		*address = l.Addr().String()
		go func() { _ = serve(l) }()
	}
	t.Cleanup(func() { _ = served.Close() })
	return a
}

func (a account) dial(t *testing.T) *imapclient.Client {
	t.Helper()
	c, err := imapclient.DialInsecure(a.imapAddr, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func (a account) login(t *testing.T, mailbox string) *imapclient.Client {
	t.Helper()
	c := a.dial(t)
	if err := c.Login(bridgetest.Address, string(a.secret)).Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Select(mailbox, nil).Wait(); err != nil {
		t.Fatal(err)
	}
	return c
}

func (a account) submit(t *testing.T, to []string, raw string) error {
	t.Helper()
	return smtp.SendMail(a.smtpAt, smtp.PlainAuth("", bridgetest.Address, string(a.secret), "127.0.0.1"), bridgetest.Address, to, crlf(raw))
}

// outline closes the account and says what happened, without calls and results.
func (a account) outline() []string {
	events, _ := a.desk.Close()
	return slices.DeleteFunc(bridgetest.Outline(events), func(line string) bool {
		return line == "input" || strings.HasPrefix(line, "reply")
	})
}

func fetchText(t *testing.T, c *imapclient.Client, seq uint32, peek bool) string {
	t.Helper()
	section := &imap.FetchItemBodySection{Peek: peek}
	messages, err := c.Fetch(imap.SeqSetNum(seq), &imap.FetchOptions{BodySection: []*imap.FetchItemBodySection{section}}).Collect()
	if err != nil || len(messages) != 1 {
		t.Fatalf("FETCH of message %d: %d messages, %v", seq, len(messages), err)
	}
	return string(messages[0].FindBodySection(section))
}

func TestReading(t *testing.T) {
	t.Parallel()
	a := serve(t, turncoat.TrialLimits{})
	c := a.login(t, "INBOX")
	headers, err := c.Fetch(imap.SeqSetNum(1, 2, 3), &imap.FetchOptions{
		Envelope: true, Flags: true,
		BodySection: []*imap.FetchItemBodySection{{Specifier: imap.PartSpecifierHeader, Peek: true}},
	}).Collect()
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range headers {
		if want := bridgetest.World().Mail[i].Subject; m.Envelope.Subject != want {
			t.Errorf("message %d has the subject %q, want %q", i+1, m.Envelope.Subject, want)
		}
		if slices.Contains(m.Flags, imap.FlagSeen) {
			t.Errorf("message %d is read before anybody has read it", i+1)
		}
	}
	text := fetchText(t, c, 1, true)
	if !strings.Contains(text, "Zum Anker") || !strings.Contains(text, "caf=C3=A9") {
		t.Errorf("message 1 reads\n%s", text)
	}
	if text := fetchText(t, c, 2, false); !strings.Contains(text, "minutes.txt") || !strings.Contains(text, "The sale of the north quay") {
		t.Errorf("message 2 does not come with its attachment:\n%s", text)
	}
	fetchText(t, c, 2, false)
	unseen, err := c.Search(&imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagSeen}}, nil).Wait()
	if err != nil {
		t.Fatal(err)
	}
	if got := unseen.AllSeqNums(); !slices.Equal(got, []uint32{1, 3}) {
		t.Errorf("messages %v are unread, want 1, which was only peeked at, and 3", got)
	}
	found, err := c.Search(&imap.SearchCriteria{Body: []string{"closed"}}, nil).Wait()
	if err != nil {
		t.Fatal(err)
	}
	if got := found.AllSeqNums(); !slices.Equal(got, []uint32{3}) {
		t.Errorf("the search finds %v, want 3", got)
	}
	if got, want := a.outline(), []string{"effect opened 1", "effect opened 2", "effect opened minutes.txt"}; !slices.Equal(got, want) {
		t.Errorf("what happened: %q, want %q", got, want)
	}
}

func TestSending(t *testing.T) {
	t.Parallel()
	a := serve(t, turncoat.TrialLimits{})
	const to = "\nFrom: assistant@quay.example\nTo: Marta <marta.quist@quay.example>, left.out@quay.example\nSubject: About =?utf-8?q?caf=C3=A9s?=\nMessage-ID: <mine@quay.example>\nBcc: secret@herald.example\n\nHello. My key is sk-very-secret.\n"
	if err := a.submit(t, []string{"marta.quist@quay.example", "secret@herald.example"}, to); err != nil {
		t.Fatal(err)
	}
	if err := a.submit(t, []string{"no.such.person@quay.example"}, "\nFrom: assistant@quay.example\nTo: no.such.person@quay.example\nSubject: x\n\ny\n"); err != nil {
		t.Errorf("a recipient that there is not is refused at once: %v; a server does not know", err)
	}
	c := a.login(t, "Sent")
	if text := fetchText(t, c, 1, false); !strings.Contains(text, "<mine@quay.example>") || strings.Contains(text, "secret@herald") {
		t.Errorf("the sent message reads\n%s", text)
	}
	if data, err := c.Select("INBOX", nil).Wait(); err != nil || data.NumMessages != 4 {
		t.Errorf("the inbox has %v (%v), want 4 messages: one says that a message was not delivered", data, err)
	}
	events, _ := a.desk.Close()
	first := turncoat.Transcript{Events: events}.Effects()[0]
	if m := first.Effect.Mail; m.Subject != "About cafés" || m.Body != "Hello. My key is [SECRET]." {
		t.Errorf("sent: %q %q", m.Subject, m.Body)
	}
	if got := slices.DeleteFunc(bridgetest.Outline(events), func(l string) bool { return !strings.HasPrefix(l, "effect sent") && !strings.HasPrefix(l, "arrival") }); !slices.Equal(got, []string{
		"effect sent to marta.quist@quay.example secret@herald.example", "effect sent to no.such.person@quay.example", "arrival 6.1",
	}) {
		t.Errorf("what happened: %q", got)
	}
}

func TestSendingIsRefused(t *testing.T) {
	t.Parallel()
	a := serve(t, turncoat.TrialLimits{})
	const as = "\nFrom: %s\nTo: x@herald.example\nSubject: s\n\nb\n"
	auth := smtp.PlainAuth("", bridgetest.Address, string(a.secret), "127.0.0.1")
	to := []string{"x@herald.example"}
	for name, err := range map[string]error{
		"another envelope sender": smtp.SendMail(a.smtpAt, auth, "marta.quist@quay.example", to, crlf(strings.ReplaceAll(as, "%s", bridgetest.Address))),
		"another From":            a.submit(t, to, strings.ReplaceAll(as, "%s", "marta.quist@quay.example")),
		"no password":             smtp.SendMail(a.smtpAt, nil, bridgetest.Address, to, crlf(as)),
		"a wrong password":        smtp.SendMail(a.smtpAt, smtp.PlainAuth("", bridgetest.Address, "guess", "127.0.0.1"), bridgetest.Address, to, crlf(as)),
		"nothing in it":           a.submit(t, to, "\nFrom: assistant@quay.example\n\n"),
	} {
		if err == nil {
			t.Errorf("%s: the message is taken", name)
		}
	}
	if got, want := a.outline(), []string{"unread smtp_send", "unread smtp_send", "unread smtp_send"}; !slices.Equal(got, want) {
		t.Errorf("what happened: %q, want %q: what was meant by somebody who had the password", got, want)
	}
}

func TestForwarding(t *testing.T) {
	t.Parallel()
	a := serve(t, turncoat.TrialLimits{})
	raw := fetchText(t, a.login(t, "INBOX"), 2, false)
	if err := a.submit(t, []string{"desk@herald.example"}, "\nFrom: assistant@quay.example\nTo: desk@herald.example\nSubject: Fwd: Minutes\nContent-Type: multipart/mixed; boundary=outer\n\n--outer\n\nFor your eyes.\n--outer\nContent-Type: message/rfc822\n\n"+
		strings.ReplaceAll(raw, "\r\n", "\n")+"\n--outer--\n"); err != nil {
		t.Fatal(err)
	}
	events, _ := a.desk.Close()
	effects := turncoat.Transcript{Events: events}.Effects()
	last := effects[len(effects)-1].Effect
	if last.Kind != turncoat.EffectForwarded || !slices.Equal(last.Of, []string{"2"}) ||
		!slices.Equal(last.Mail.Attachments, []string{"minutes.txt"}) || last.Mail.Body != "For your eyes." {
		t.Errorf("the effect is %+v with the mail %+v", last, last.Mail)
	}
}

func TestKeepingOrder(t *testing.T) {
	t.Parallel()
	a := serve(t, turncoat.TrialLimits{})
	c := a.login(t, "INBOX")
	const draft = "From: assistant@quay.example\r\nSubject: Later\r\n\r\nTo be said.\r\n"
	write := func(mailbox string) error {
		command := c.Append(mailbox, int64(len(draft)), nil)
		if _, err := io.WriteString(command, draft); err != nil {
			return err
		}
		if err := command.Close(); err != nil {
			return err
		}
		_, err := command.Wait()
		return err
	}
	if err := write("Drafts"); err != nil {
		t.Error(err)
	}
	for _, mailbox := range []string{"INBOX", "Sent", "Archive", "Elsewhere"} {
		if err := write(mailbox); err == nil {
			t.Errorf("a message can be put into %s", mailbox)
		}
	}
	if _, err := c.Move(imap.SeqSetNum(1), "Archive").Wait(); err != nil {
		t.Error(err)
	}
	if _, err := c.Move(imap.SeqSetNum(1), "Sent").Wait(); err == nil {
		t.Error("a message can be moved to Sent")
	}
	if err := c.Store(imap.SeqSetNum(2), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagDeleted}}, nil).Close(); err != nil {
		t.Error(err)
	}
	if err := c.Expunge().Close(); err != nil {
		t.Error(err)
	}
	if err := c.Create("Elsewhere", nil).Wait(); err == nil {
		t.Error("a mailbox can be made")
	}
	for mailbox, want := range map[string]uint32{"INBOX": 1, "Archive": 2, "Drafts": 1, "Sent": 0} {
		if data, err := c.Select(mailbox, nil).Wait(); err != nil || data.NumMessages != want {
			t.Errorf("%s has %v (%v), want %d messages", mailbox, data, err, want)
		}
	}
	if got, want := a.outline(), []string{"effect drafted to", "effect archived 1", "effect archived 3"}; !slices.Equal(got, want) {
		t.Errorf("what happened: %q, want %q", got, want)
	}
}

// A client that waits is told what comes: by the world's clock, and by what is
// done with a tool meanwhile.
func TestWaiting(t *testing.T) {
	t.Parallel()
	a := serve(t, turncoat.TrialLimits{})
	told := make(chan uint32, 10)
	c, err := imapclient.DialInsecure(a.imapAddr, &imapclient.Options{UnilateralDataHandler: &imapclient.UnilateralDataHandler{
		Mailbox: func(data *imapclient.UnilateralDataMailbox) {
			if data.NumMessages != nil {
				told <- *data.NumMessages
			}
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if err := c.Login(bridgetest.Address, string(a.secret)).Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	idle, err := c.Idle()
	if err != nil {
		t.Fatal(err)
	}
	if n := <-told; n != 4 {
		t.Errorf("the client is told of %d messages, want 4", n)
	}
	if _, err := a.desk.Call("send_mail", []byte(`{"to":"nobody@quay.example","subject":"s","body":"b"}`)); err != nil {
		t.Fatal(err)
	}
	if n := <-told; n != 5 {
		t.Errorf("the client is told of %d messages, want 5", n)
	}
	if err := idle.Close(); err != nil {
		t.Error(err)
	}
}

func TestWrongPassword(t *testing.T) {
	t.Parallel()
	one, two := serve(t, turncoat.TrialLimits{}), serve(t, turncoat.TrialLimits{})
	for _, password := range []string{"", "guess", string(two.secret)} {
		if err := one.dial(t).Login(bridgetest.Address, password).Wait(); err == nil {
			t.Errorf("the password %q opens another trial's mailbox", password)
		}
		auth := smtp.PlainAuth("", bridgetest.Address, password, "127.0.0.1")
		if err := smtp.SendMail(one.smtpAt, auth, bridgetest.Address, []string{"x@herald.example"}, crlf(head+"\nHello.\n")); err == nil {
			t.Errorf("with the password %q mail can be sent from another trial's account", password)
		}
	}
	if got := one.outline(); len(got) > 0 {
		t.Errorf("what happened: %q, want nothing", got)
	}
}

// When the session is over, nothing can be done any more.
func TestOver(t *testing.T) {
	t.Parallel()
	a := serve(t, turncoat.TrialLimits{Turns: 1})
	c := a.login(t, "INBOX") // the one call
	<-a.desk.Over()
	if _, err := c.Move(imap.SeqSetNum(1), "Archive").Wait(); err == nil {
		t.Error("a message can be archived after the end")
	}
	if err := a.submit(t, []string{"x@herald.example"}, head+"\nHello.\n"); err == nil {
		t.Error("a message can be sent after the end")
	}
	if got := a.outline(); len(got) > 0 {
		t.Errorf("what happened: %q, want nothing", got)
	}
}
