package scenario

import (
	"fmt"
	"path/filepath"
	"strings"

	"turncoat"
)

// Problem is one mistake in a scenario folder.
type Problem struct {
	File    string // relative to the folder
	Line    int    // from 1; 0: the file as a whole
	Column  int    // from 1; 0: not known
	Message string // what is wrong, and what to do
}

// String returns the problem as file:line:column: message, leaving out what is
// not known.
func (p Problem) String() string {
	switch {
	case p.Line == 0:
		return fmt.Sprintf("%s: %s", p.File, p.Message)
	case p.Column == 0:
		return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Message)
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
}

// In returns the problem with its file below the given folder.
func (p Problem) In(dir string) Problem {
	p.File = filepath.Join(dir, filepath.FromSlash(p.File))
	return p
}

// Problems is every mistake in a scenario folder, as an error.
type Problems []Problem

// Error lists the problems, one a line.
func (ps Problems) Error() string {
	var b strings.Builder
	for i, p := range ps {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(p.String())
	}
	return b.String()
}

// Occurrence is in which conditions something was found.
type Occurrence struct {
	First turncoat.Condition
	Count int
}

// Add adds a condition.
func (o *Occurrence) Add(c turncoat.Condition) {
	if o.Count == 0 {
		o.First = c
	}
	o.Count++
}

// String tells the condition, or how many there are and the first.
func (o Occurrence) String() string {
	if o.Count == 1 {
		return fmt.Sprintf("in the condition %s", o.First)
	}
	return fmt.Sprintf("in %d conditions, such as %s", o.Count, o.First)
}
