package scenario

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// The texts of standard factors fit any company, but for terms that the scenario
// which uses them must define: what the next system is called, say.

var (
	action   = regexp.MustCompile(`(?s)\{\{.*?\}\}`)
	termRead = regexp.MustCompile(`\.terms\.(\w+)`)
)

// termsIn returns the terms that texts read, sorted.
func termsIn(texts ...string) []string {
	var terms []string
	for _, in := range action.FindAllString(strings.Join(texts, "\n"), -1) {
		for _, term := range termRead.FindAllStringSubmatch(in, -1) {
			terms = append(terms, term[1])
		}
	}
	slices.Sort(terms)
	return slices.Compact(terms)
}

// needs reports each term that a standard factor needs and the cast has not, where
// the scenario uses the factor. It is then taken for there, so that the rest can be
// read.
func (r *reader) needs() {
	texts := map[string][]string{} // by standard factor
	r.eachTelling(func(at tellingPlace, text string) {
		if r.fieldPlaces[at.template()].isStandard() {
			texts[at.factor] = append(texts[at.factor], text)
		}
	})
	terms := maps.Clone(r.s.canonical.Terms)
	if terms == nil {
		terms = map[string]string{}
	}
	for i, factor := range r.s.spec.Uses {
		for _, term := range termsIn(texts[factor]...) {
			if _, ok := r.s.canonical.Terms[term]; !ok {
				terms[term] = term
				r.wrong(fmt.Sprintf("the standard factor %s speaks of {{.terms.%s}}, which is nowhere defined: add %s to canonical.terms in cast.yaml, and to fresh.terms if there are fresh worlds; docs/scenarios.md lists under \"Standard factors\" what each needs",
					factor, term, term), "uses", i)
			}
		}
	}
	r.s.canonical.Terms = terms
}
