package mail

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/mail"
	"strings"

	"github.com/emersion/go-message"
	gomail "github.com/emersion/go-message/mail"

	"turncoat"
)

// messageID returns the Message-ID that a mail of a world has on the wire,
// without angle brackets. It says nothing of what the mail is, and is always the
// same.
func messageID(w turncoat.WorldID, m turncoat.Mail) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%s", w, m.ID))
	_, domain, _ := strings.Cut(m.From.Address, "@")
	return hex.EncodeToString(sum[:10]) + "@" + domain
}

// render writes a mail of a world as RFC 5322 has it, with its attachments. The
// same mail gives the same bytes. Answers is the Message-ID of what it answers,
// or empty.
func render(m turncoat.Mail, id, answers string, documents []turncoat.Document) ([]byte, error) {
	var h gomail.Header
	h.SetDate(m.Date)
	h.SetAddressList("From", addressList([]mail.Address{m.From}))
	if len(m.To) > 0 {
		h.SetAddressList("To", addressList(m.To))
	}
	if len(m.Cc) > 0 {
		h.SetAddressList("Cc", addressList(m.Cc))
	}
	h.SetSubject(m.Subject)
	h.SetMessageID(id)
	if answers != "" {
		h.SetMsgIDList("In-Reply-To", []string{answers})
		h.SetMsgIDList("References", []string{answers})
	}
	h.Set("Mime-Version", "1.0")
	var b bytes.Buffer
	if len(m.Attachments) == 0 {
		setPlain(&h.Header)
		err := writeEntity(&b, h.Header, m.Body)
		return b.Bytes(), err
	}
	h.SetContentType("multipart/mixed", map[string]string{"boundary": "=_" + strings.ReplaceAll(id, "@", "_")})
	w, err := message.CreateWriter(&b, h.Header)
	if err != nil {
		return nil, err
	}
	if err := writePart(w, "", m.Body); err != nil {
		return nil, err
	}
	for _, name := range m.Attachments {
		for _, d := range documents {
			if d.ID == name {
				if err := writePart(w, d.ID, d.Body); err != nil {
					return nil, err
				}
			}
		}
	}
	err = w.Close()
	return b.Bytes(), err
}

func addressList(addresses []mail.Address) []*gomail.Address {
	var list []*gomail.Address
	for _, a := range addresses {
		list = append(list, &gomail.Address{Name: a.Name, Address: a.Address})
	}
	return list
}

func setPlain(h *message.Header) {
	h.SetContentType("text/plain", map[string]string{"charset": "utf-8"})
	h.Set("Content-Transfer-Encoding", "quoted-printable")
}

func writeEntity(b *bytes.Buffer, h message.Header, body string) error {
	w, err := message.CreateWriter(b, h)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(w, wire(body)); err != nil {
		return err
	}
	return w.Close()
}

// writePart adds a text to a message: its body, or an attachment if it has a
// name.
func writePart(w *message.Writer, name, text string) error {
	var h message.Header
	setPlain(&h)
	if name != "" {
		h.SetContentDisposition("attachment", map[string]string{"filename": name})
	}
	part, err := w.CreatePart(h)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(part, wire(text)); err != nil {
		return err
	}
	return part.Close()
}

// wire ends lines as mail does.
func wire(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n")
}
