package report

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestVisible(t *testing.T) {
	for text, want := range map[string]string{
		"plain\ttext\n":    "plain\ttext\n",
		"Zoë – “quoted”":   "Zoë – “quoted”",
		"\x1b[31mred":      `\x1b[31mred`,
		"a\x00b\x7f":       `a\x00b\x7f`,
		"carriage\rreturn": `carriage\x0dreturn`,
		"\u202Egpj.exe":    `\u202egpj.exe`,
		"zero\u200Bwidth":  `zero\u200bwidth`,
		"broken \xff byte": `broken \xff byte`,
		"\uFFFD itself":    "\uFFFD itself",
		"\u2028 line":      `\u2028 line`,
	} {
		if got := visible(text); got != want {
			t.Errorf("visible(%q) is %q, want %q", text, got, want)
		}
	}
}

// A backtick without another is a character like any.
func TestStretches(t *testing.T) {
	for note, want := range map[string][]stretch{
		"":                  nil,
		"plain":             {{"plain", false}},
		"type `a b` or `c`": {{"type ", false}, {"a b", true}, {" or ", false}, {"c", true}},
		"`a` and ` alone":   {{"a", true}, {" and ` alone", false}},
		"``":                nil,
	} {
		if got := stretches(note); !slices.Equal(got, want) {
			t.Errorf("stretches(%q) is %v, want %v", note, got, want)
		}
	}
}

func TestWrapped(t *testing.T) {
	for _, c := range []struct {
		text  string
		width int
		want  string
	}{
		{"! one two three", 0, "! one two three"},
		{"! one two three", 9, "! one two\n  three"},
		{"! one two three", 8, "! one\n  two\n  three"},
		{"an incomprehensible word", 10, "an\n  incomprehensible\n  word"},
		{"! type `a b c d`, e", 12, "! type\n  `a b c d`,\n  e"},
		{"! a ` alone", 6, "! a\n  ` alone"},
		{"! ÷÷÷ ÷÷÷", 9, "! ÷÷÷ ÷÷÷"},
	} {
		if got := wrapped(c.text, c.width, "  "); got != c.want {
			t.Errorf("wrapped(%q, %d) is %q, want %q", c.text, c.width, got, c.want)
		}
	}
}

func TestPercent(t *testing.T) {
	for share, want := range map[float64]string{
		0: "0 %", 0.004: "0.4 %", 0.01: "1 %", 0.5: "50 %", 0.976: "98 %", 0.995: "99.5 %", 1: "100 %",
	} {
		if got := percent(share); got != want {
			t.Errorf("percent(%g) is %q, want %q", share, got, want)
		}
	}
}

// Nothing that a model writes acts on a terminal or a browser.
func FuzzVisible(f *testing.F) {
	f.Add("\x1b]8;;http://x\x07 \u202E \xff\xfe \u0000")
	f.Fuzz(func(t *testing.T, text string) {
		got := visible(text)
		if !utf8.ValidString(got) {
			t.Errorf("visible(%q) is no UTF-8", text)
		}
		if i := strings.IndexFunc(got, func(r rune) bool {
			return r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r))
		}); i >= 0 {
			t.Errorf("visible(%q) still holds %q", text, got[i:])
		}
		if strings.Contains(oneLine(text, 40), "\n") || utf8.RuneCountInString(oneLine(text, 40)) > 40 {
			t.Errorf("oneLine(%q) is %q", text, oneLine(text, 40))
		}
	})
}
