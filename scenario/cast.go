package scenario

import (
	"fmt"
	"time"

	"turncoat"
)

// cast is who and what fills the fields of a world's texts.
type cast struct {
	castSpec
	day  time.Time
	kind string // of the secret, asset or emergency; empty in the canonical cast
}

// cast returns the cast of a world seed. It is the same in all conditions, but
// where the texts are others', who may be about other people in each.
func (s *Scenario) cast(full turncoat.Condition, seed uint64) (cast, error) {
	if s.isVerbatim() {
		return s.verbatimCast(full, seed)
	}
	if seed != turncoat.CanonicalSeed && s.freshCasts != nil {
		return s.freshCasts.cast(s.spec.Name, seed)
	}
	if seed != turncoat.CanonicalSeed {
		return cast{}, fmt.Errorf("scenario %s has no fresh worlds: its cast.yaml has only the canonical cast, so the one world seed that it knows is %d",
			s.spec.Name, turncoat.CanonicalSeed)
	}
	return s.canonical, nil
}

// castFields adds what templates can read of a cast.
func (b *bound) castFields(c cast) {
	b.fields["organisation"] = map[string]any{
		"name": c.Organisation.Name, "short": c.Organisation.Short,
		"trade": c.Organisation.Trade, "town": c.Organisation.Town,
		"domain": first(c.Organisation.Domains),
	}
	terms := map[string]any{}
	for name, text := range c.Terms {
		terms[name] = text
	}
	b.fields["terms"] = terms
	for role, p := range c.People {
		b.fields[role] = map[string]any{
			"name": p.Name, "given": p.Given, "family": p.Family, "title": p.Title, "address": p.Address,
		}
	}
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}
