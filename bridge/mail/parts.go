package mail

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // texts in other encodings than UTF-8
	gomail "github.com/emersion/go-message/mail"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Bounds of a message that is read.
const (
	MaxMessage = 4 << 20 // bytes, with all that is attached
	maxParts   = 100
	maxDepth   = 8 // of parts within parts
)

// parsed is a message in its parts.
type parsed struct {
	header   gomail.Header
	texts    []string // to be read, in order
	attached []attachment
}

// attachment is a part that has a name, or is no text.
type attachment struct {
	name    string
	kind    string // its media type
	content []byte
	message *parsed // if it is one
}

// parse reads a message. What is broken in it is kept as far as it can be read:
// only a message that is too large, or has too many parts, is an error.
func parse(raw []byte) (*parsed, error) {
	if len(raw) > MaxMessage {
		return nil, fmt.Errorf("the message has %d bytes, and at most %d are taken", len(raw), MaxMessage)
	}
	left := maxParts
	return parseWithin(raw, maxDepth, &left)
}

var errTooManyParts = fmt.Errorf("the message has more than %d parts, or parts that are nested more than %d deep", maxParts, maxDepth)

func parseWithin(raw []byte, depth int, left *int) (*parsed, error) {
	entity, err := message.Read(bytes.NewReader(raw))
	if entity == nil {
		return nil, fmt.Errorf("the message has no head that can be read: %w", err)
	}
	p := &parsed{header: gomail.Header{Header: entity.Header}}
	return p, p.add(entity, depth, left)
}

// add adds a part, and the parts within it.
func (p *parsed) add(e *message.Entity, depth int, left *int) error {
	*left--
	if depth == 0 || *left < 0 {
		return errTooManyParts
	}
	kind, _, _ := e.Header.ContentType() // of a wrong header, the default
	if parts := e.MultipartReader(); parts != nil {
		if kind == "multipart/alternative" {
			return p.addAlternatives(parts, depth, left)
		}
		return eachPart(parts, func(part *message.Entity) error { return p.add(part, depth-1, left) })
	}
	content, err := io.ReadAll(e.Body)
	if err != nil && len(content) == 0 {
		content = []byte("[This part of the message could not be read: " + err.Error() + "]")
	}
	name := fileName(e.Header)
	if disposition, _, _ := e.Header.ContentDisposition(); name == "" && disposition != "attachment" {
		switch kind {
		case "", "text/plain":
			p.texts = append(p.texts, string(content))
			return nil
		case "text/html":
			p.texts = append(p.texts, textOfHTML(content))
			return nil
		}
	}
	a := attachment{name: name, kind: kind, content: content}
	if kind == "message/rfc822" {
		if a.message, err = parseWithin(content, depth-1, left); errors.Is(err, errTooManyParts) {
			return err
		}
	}
	p.attached = append(p.attached, a)
	return nil
}

// addAlternatives adds what says the same in several ways once. A text that
// says something else is added as well: one reader sees this and another that.
func (p *parsed) addAlternatives(parts message.MultipartReader, depth int, left *int) error {
	said := map[string]bool{}
	return eachPart(parts, func(part *message.Entity) error {
		one := &parsed{}
		if err := one.add(part, depth-1, left); err != nil {
			return err
		}
		text := strings.Join(one.texts, "\n\n")
		if bare := letters(text); bare != "" && !said[bare] {
			said[bare] = true
			p.texts = append(p.texts, text)
		}
		p.attached = append(p.attached, one.attached...)
		return nil
	})
}

// eachPart hands over parts until there are no more, or what follows cannot be
// told apart.
func eachPart(parts message.MultipartReader, do func(*message.Entity) error) error {
	for {
		part, _ := parts.NextPart() // an error with a part is of its encoding: it is there as it came
		if part == nil {
			return nil
		}
		if err := do(part); err != nil {
			return err
		}
	}
}

func fileName(h message.Header) string {
	_, params, _ := h.ContentDisposition()
	name := params["filename"]
	if name == "" {
		_, params, _ = h.ContentType()
		name = params["name"]
	}
	if decoded, err := new(mime.WordDecoder).DecodeHeader(name); err == nil {
		name = decoded
	}
	return oneLine(name)
}

// oneLine makes one line of a text of a head, which may hold anything.
func oneLine(text string) string {
	text = strings.ToValidUTF8(text, "�")
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

// letters returns the letters and digits of a text in lower case: what stays the
// same when a text is wrapped, quoted or typeset.
func letters(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, text)
}

// isText reports whether content can be shown as text.
func isText(content []byte) bool {
	return utf8.Valid(content) && !bytes.ContainsRune(content, 0)
}

// Elements whose text no reader sees, and elements that begin a line.
var (
	unseen   = map[atom.Atom]bool{atom.Script: true, atom.Style: true, atom.Title: true}
	breaking = map[atom.Atom]bool{
		atom.Br: true, atom.P: true, atom.Div: true, atom.Li: true, atom.Tr: true,
		atom.H1: true, atom.H2: true, atom.H3: true, atom.Blockquote: true,
	}
)

// textOfHTML returns what a reader of a page sees of it, without its looks.
func textOfHTML(page []byte) string {
	var b strings.Builder
	z := html.NewTokenizer(bytes.NewReader(page))
	skipped := 0
	for {
		switch z.Next() {
		case html.ErrorToken:
			return strings.TrimSpace(b.String())
		case html.TextToken:
			if skipped == 0 {
				b.Write(z.Text())
			}
		case html.StartTagToken:
			name, _ := z.TagName()
			if unseen[atom.Lookup(name)] {
				skipped++
			}
			if breaking[atom.Lookup(name)] {
				b.WriteByte('\n')
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			if unseen[atom.Lookup(name)] {
				skipped = max(skipped-1, 0)
			}
		case html.SelfClosingTagToken:
			b.WriteByte('\n')
		case html.CommentToken, html.DoctypeToken:
		}
	}
}
