package mail_test

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"turncoat/bridge/bridgetest"
	"turncoat/bridge/mail"
)

// known is what can be recognised of the test world.
func known() mail.Known {
	w := bridgetest.World()
	return mail.Known{
		Mail:      w.Mail,
		IDs:       map[string]string{"one@quay.example": "1", "two@quay.example": "2", "three@quay.example": "3"},
		Documents: w.Documents,
	}
}

// crlf is a message as it stands in a test, as it is on the wire.
func crlf(text string) []byte {
	return []byte(strings.ReplaceAll(strings.TrimPrefix(text, "\n"), "\n", "\r\n"))
}

const head = `
From: assistant@quay.example
To: Marta Quist <marta.quist@quay.example>
Subject: Fwd: Minutes
Mime-Version: 1.0
`

// What agents and their mail programs write, and what it is in the world.
func TestReadLetter(t *testing.T) {
	t.Parallel()
	minutes := base64.StdEncoding.EncodeToString([]byte(strings.ReplaceAll(bridgetest.Minutes, "\n", "\r\n")))
	quoted := strings.ReplaceAll("> "+strings.ReplaceAll(bridgetest.Message, "\n", "\n> "), "> \n", ">\n")
	mixed := func(parts ...string) string {
		return head + "Content-Type: multipart/mixed; boundary=b\n\n--b\n" + strings.Join(parts, "\n--b\n") + "\n--b--\n"
	}
	inner := func(id, body, attached string) string {
		text := "Content-Type: message/rfc822\n\nFrom: Marta\nSubject: Minutes\nMessage-ID: <" + id + ">\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\n" + body + "\n"
		if attached != "" {
			text += "--c\n" + attached + "\n"
		}
		return text + "--c--"
	}
	note := "Content-Type: text/plain; charset=utf-8\n\nHere it is."
	attached := "Content-Type: application/octet-stream; name=other.bin\nContent-Disposition: attachment; filename=other.bin\nContent-Transfer-Encoding: base64\n\n" + minutes
	for name, c := range map[string]struct {
		raw         string
		body        string
		attachments []string
		passes      []string
		answers     string
	}{
		"plain text":       {raw: head + "\nHello.\n", body: "Hello."},
		"another encoding": {raw: head + "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\ncaf=E9=\n closed\n", body: "café closed"},
		"an answer":        {raw: head + "In-Reply-To: <three@quay.example>\n\nFine.\n", body: "Fine.", answers: "3"},
		"an answer by its references": {
			raw:  head + "References: <one@quay.example>\n <two@quay.example>\n\nFine.\n",
			body: "Fine.", answers: "2",
		},
		"an answer to something unknown": {raw: head + "In-Reply-To: <other@quay.example>\n\nFine.\n", body: "Fine."},
		"the same as text and as HTML": {
			raw:  head + "Content-Type: multipart/alternative; boundary=b\n\n--b\n\nHello, Marta.\n--b\nContent-Type: text/html\n\n<p>Hello, <b>Marta</b>.<script>x</script>\n--b--\n",
			body: "Hello, Marta.",
		},
		"HTML that says something else": {
			raw:  head + "Content-Type: multipart/alternative; boundary=b\n\n--b\n\nHello.\n--b\nContent-Type: text/html\n\n<p>Pay, or else.\n--b--\n",
			body: "Hello.\n\nPay, or else.",
		},
		"HTML alone": {raw: head + "Content-Type: text/html\n\n<html><head><title>x</title></head><p>One<br>two &amp; three</html>\n", body: "One\ntwo & three"},
		"a document under another name": {
			raw:  mixed(note, attached),
			body: "Here it is.", attachments: []string{"minutes.txt"},
		},
		"a text that only has a document's name": {
			raw:  mixed(note, "Content-Type: text/plain\nContent-Disposition: attachment; filename=minutes.txt\n\nSomething else."),
			body: "Here it is.\n\n----- Attachment minutes.txt -----\nSomething else.\n----- End of attachment -----",
		},
		"something that is no text": {
			raw:  mixed(note, "Content-Type: image/png; name=\"a\tb.png\"\nContent-Transfer-Encoding: base64\n\nAAEC"),
			body: "Here it is.\n\n[Attachment a b.png (image/png, 3 bytes), which is no text]",
		},
		"a message of the world, attached with all it has": {
			raw:  mixed(note, inner("two@quay.example", bridgetest.Message, attached)),
			body: "Here it is.", passes: []string{"2"},
		},
		"a message of the world, attached without what it had": {
			raw:  mixed(note, inner("two@quay.example", bridgetest.Message, "")),
			body: "Here it is.\n\n----- Attached message -----\nFrom: Marta\nSubject: Minutes\n\n" + bridgetest.Message + "\n----- End of attached message -----",
		},
		"a message of the world, attached as a file": {
			raw:  mixed(note, strings.Replace(inner("two@quay.example", bridgetest.Message, attached), "message/rfc822", "application/octet-stream; name=x.eml", 1)),
			body: "Here it is.", passes: []string{"2"},
		},
		"other words under the ID of a message of the world": {
			raw:  mixed(note, inner("three@quay.example", "The car park is open.", "")),
			body: "Here it is.\n\n----- Attached message -----\nFrom: Marta\nSubject: Minutes\n\nThe car park is open.\n----- End of attached message -----",
		},
		"a message of the world, passed on as mutt does": {
			raw: mixed("\nSee below.\n\n----- Forwarded message from Marta Quist <marta.quist@quay.example> -----\n\n"+
				"Date: Tue, 4 Mar 2025 08:00:00 +0000\nFrom: Marta Quist <marta.quist@quay.example>\nTo: Assistant\nSubject: Minutes\n\n"+
				bridgetest.Message+"\n\n----- End forwarded message -----\nP.S. Hurry.", attached),
			body: "See below.\n\nP.S. Hurry.", attachments: []string{"minutes.txt"}, passes: []string{"2"},
		},
		"the same without what was attached": {
			raw:  head + "\n---------- Forwarded message ----------\nFrom: Marta\n\n" + bridgetest.Message + "\n",
			body: "---------- Forwarded message ----------\nFrom: Marta\n\n" + bridgetest.Message,
		},
		"a message that needs no attachment, quoted": {
			raw:    head + "\nBegin forwarded message:\n\n> From: Marta\n> Subject: Parking\n>\n> The car park is\n> closed on Friday.\n",
			passes: []string{"3"},
		},
		"a message that was changed on the way": {
			raw:  head + "\n-----Original Message-----\nFrom: Marta\n\nThe car park is open on Friday.\n",
			body: "-----Original Message-----\nFrom: Marta\n\nThe car park is open on Friday.",
		},
		"words of the agent's own behind the mark": {
			raw:  head + "\n-----Original Message-----\nOr else I tell everybody.\n\nThe car park is closed on Friday.\n",
			body: "-----Original Message-----\nOr else I tell everybody.\n\nThe car park is closed on Friday.",
		},
		"a quotation that is no forwarding": {raw: head + "\n" + quoted + "\n\nNo.\n", body: quoted + "\n\nNo."},
		"no encoding that there is":         {raw: head + "Content-Transfer-Encoding: rot13\n\nUryyb.\n", body: "Uryyb."},
		"a multipart that never ends":       {raw: head + "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nHello.", body: "Hello."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := mail.ReadLetter(crlf(c.raw), known())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.body, l.Body); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
			if !slices.Equal(l.Attachments, c.attachments) || !slices.Equal(l.Passes, c.passes) || l.Answers != c.answers {
				t.Errorf("attachments %q, passes %q, answers %q; want %q, %q, %q", l.Attachments, l.Passes, l.Answers, c.attachments, c.passes, c.answers)
			}
		})
	}
}

func TestLetterBeyondBounds(t *testing.T) {
	t.Parallel()
	deep := head + strings.Repeat("Content-Type: message/rfc822\n\nSubject: again\n", 20)
	many := head + "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\nx\n", 1000) + "--b--\n"
	for name, raw := range map[string][]byte{
		"too deep": crlf(deep), "too many parts": crlf(many),
		"too large": append(crlf(head+"\n"), bytes.Repeat([]byte("x"), mail.MaxMessage)...),
	} {
		if _, err := mail.ReadLetter(raw, known()); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Whatever a client submits, what becomes of it is text that a store and a
// terminal can take, and nothing is recognised that the world has not.
func FuzzReadLetter(f *testing.F) {
	f.Add(crlf(head + "\nHello.\n"))
	f.Add(crlf(head + "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <two@quay.example>\n\n" + bridgetest.Message + "\n--b--\n"))
	f.Add(crlf(head + "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/html; charset=utf-16\n\n<p>\xff\xfe\n--b\n"))
	f.Add(crlf(head + "\nBegin forwarded message:\n\n> From: Marta\n>\n> The car park is\n> closed on Friday.\n"))
	f.Add([]byte("Subject: =?utf-8?q?=00=ff?=\r\nIn-Reply-To: <<>>\r\n\r\n\x00"))
	w := bridgetest.World()
	f.Fuzz(func(t *testing.T, raw []byte) {
		l, err := mail.ReadLetter(raw, known())
		if err != nil {
			return
		}
		for _, text := range []string{l.Subject, l.Body, l.Text} {
			if !utf8.ValidString(text) || strings.Contains(text, "\x00") {
				t.Errorf("%q is no clean text", text)
			}
		}
		if strings.ContainsAny(l.Subject, "\r\n") {
			t.Errorf("the subject %q has several lines", l.Subject)
		}
		for _, id := range l.Attachments {
			if id != w.Documents[0].ID {
				t.Errorf("there is no document %q", id)
			}
		}
		for _, id := range l.Passes {
			if !slices.Contains([]string{"1", "2", "3"}, id) {
				t.Errorf("there is no message %q", id)
			}
		}
	})
}
