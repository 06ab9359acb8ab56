package lynch2025

import (
	"strconv"
	"strings"
	"unicode"
)

// Problem is a directory or file that could not be used as it should be, and why.
type Problem struct {
	Path   string // as the user would type it
	Reason string
}

// String returns path: reason, in one line. What a terminal would obey instead of
// showing is written as an escape.
func (p Problem) String() string { return printable(p.Path) + ": " + printable(p.Reason) }

func printable(text string) string {
	if strings.IndexFunc(text, func(r rune) bool { return !unicode.IsGraphic(r) }) < 0 {
		return text
	}
	quoted := strconv.QuoteToGraphic(text)
	return quoted[1 : len(quoted)-1]
}
