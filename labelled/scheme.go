package labelled

import (
	"fmt"
	"strings"

	"turncoat/scheme"
)

// inScheme reports labels that a scheme does not have.
func (c *caseReader) inScheme(name string, labels []string, at ...any) {
	s, ok := scheme.Named(name)
	if !ok {
		c.problem(fmt.Sprintf("there is no scheme %q", name), at...)
		return
	}
	for _, label := range labels {
		if label == "" {
			c.problem(fmt.Sprintf("the %s is missing; it is one of: %s", name, strings.Join(s.LabelNames(), ", ")), at...)
			continue
		}
		if _, ok := s.Label(label); !ok {
			c.problem(fmt.Sprintf("the scheme %s has no label %q; there are: %s", name, label, strings.Join(s.LabelNames(), ", ")), at...)
		}
	}
}
