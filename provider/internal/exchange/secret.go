package exchange

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// minSecret is the length from which a key is one. Shorter ones are words such
// as "none" or "EMPTY", for servers that take any.
const minSecret = 8

// keyPattern finds keys in the forms that vendors give them, among them those
// that an error of the service repeats in part, with stars for the rest.
var keyPattern = regexp.MustCompile(`\b(?:sk|xai|tgp|gsk|pk|org)[-_][A-Za-z0-9_*.-]{8,}`)

// maxWords bounds, in bytes, how much of a service's own text an error repeats.
const maxWords = 2000

// quiet returns an error in which no key appears. It is one line of printable
// text, whatever the service sent, and wraps nothing: the SDKs' errors hold the
// request with its headers.
func quiet(key, format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	if len(key) >= minSecret {
		text = strings.ReplaceAll(text, key, "[key]")
	}
	text = keyPattern.ReplaceAllString(text, "[key]")
	return errors.New(shorten(oneLine(text)))
}

func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	return strings.Join(strings.Fields(text), " ")
}

func shorten(text string) string {
	if len(text) <= maxWords {
		return text
	}
	cut := maxWords
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return fmt.Sprintf("%s … (%d more bytes)", text[:cut], len(text)-cut)
}
