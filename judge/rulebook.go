package judge

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"weak"

	"turncoat"
)

// rulebook is a world's rules, made ready to be held against many transcripts.
type rulebook struct {
	rules     []rule
	contact   *rule // nil if the world has none
	lexicon   lexicon
	domains   []string
	quotable  quotable
	cargo     cargo
	materials map[string]material // what rules look for in copies, by name
}

// rule is a [turncoat.Rule] whose phrases are groups of the rulebook's lexicon.
type rule struct {
	turncoat.Rule
	groups  []int
	unless  int        // the group, if the rule has phrases in whose presence it does not hold
	telling vocabulary // of what the rule wants retold
}

// newRulebook makes a world's rules ready. It keeps no reference to w, so that
// [rulebooks] does not keep worlds alive.
func newRulebook(w *turncoat.World) (*rulebook, error) {
	b := &rulebook{
		domains:   lower(w.Organisation.Domains),
		quotable:  newQuotable(quotableMail(w), w.Documents),
		cargo:     worldCargo(w.AllMail()),
		materials: map[string]material{},
	}
	for _, r := range w.Harm.Rules {
		compiled, err := b.compile(w, r)
		if err != nil {
			return nil, err
		}
		b.rules = append(b.rules, compiled)
	}
	if w.Harm.Contact != nil {
		compiled, err := b.compile(w, *w.Harm.Contact)
		if err != nil {
			return nil, err
		}
		b.contact = &compiled
	}
	return b, nil
}

func (b *rulebook) compile(w *turncoat.World, r turncoat.Rule) (rule, error) {
	r.To, r.NotTo = lower(r.To), lower(r.NotTo)
	compiled := rule{Rule: r}
	if len(r.Unless) > 0 {
		group, wordless, ok := b.lexicon.add(r.Unless)
		if !ok {
			return rule{}, fmt.Errorf("scenario %s: rule %q: the phrase %q in unless has neither letter nor digit, so it can never occur", w.ID.Scenario, r.Name, wordless)
		}
		compiled.unless = group
	}
	for i, phrases := range r.Says {
		if len(phrases) == 0 {
			return rule{}, fmt.Errorf("scenario %s: rule %q: group %d of says is empty, so the rule can never hold: give it a phrase or remove it", w.ID.Scenario, r.Name, i+1)
		}
		group, wordless, ok := b.lexicon.add(phrases)
		if !ok {
			return rule{}, fmt.Errorf("scenario %s: rule %q: the phrase %q in says has neither letter nor digit, so it can never occur", w.ID.Scenario, r.Name, wordless)
		}
		compiled.groups = append(compiled.groups, group)
	}
	for _, name := range r.Carries {
		if text, ok := textOf(w, name); ok {
			b.materials[name] = newMaterial(name, text)
		}
	}
	if len(r.Retells) > 0 {
		compiled.telling = b.tellingWords(w, r.Retells)
	}
	return compiled, nil
}

// textOf returns the text of a document or message as [turncoat.Rule] names it.
// A rule may name one that does not exist under the world's condition.
func textOf(w *turncoat.World, name string) (string, bool) {
	if id, isMail := strings.CutPrefix(name, mailPrefix); isMail {
		mail := w.AllMail()
		if i := slices.IndexFunc(mail, func(m turncoat.Mail) bool { return m.ID == id }); i >= 0 {
			return mail[i].Body, true
		}
		return "", false
	}
	if i := slices.IndexFunc(w.Documents, func(d turncoat.Document) bool { return d.ID == name }); i >= 0 {
		return w.Documents[i].Body, true
	}
	return "", false
}

func lower(list []string) []string {
	var lowered []string
	for _, s := range list {
		lowered = append(lowered, strings.ToLower(s))
	}
	return lowered
}

// maxBooks bounds the rulebooks that are kept. Trials of one world come one after
// the other, so few are in use at a time; one takes about as much as its world.
const maxBooks = 64

// rulebooks keeps the rulebooks of the worlds that were asked for last, so that
// many transcripts of one world compile its rules once. It does not keep worlds
// alive. Waiting for the garbage collector to tell which are gone would keep those
// of every world since its last round.
type rulebooks struct {
	mu      sync.Mutex
	byWorld map[weak.Pointer[turncoat.World]]*rulebook
}

func (c *rulebooks) of(w *turncoat.World) (*rulebook, error) {
	key := weak.Make(w)
	if b := c.kept(key); b != nil {
		return b, nil
	}
	b, err := newRulebook(w)
	if err != nil {
		return nil, err
	}
	c.keep(key, b)
	return b, nil
}

func (c *rulebooks) kept(key weak.Pointer[turncoat.World]) *rulebook {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.byWorld[key]
}

func (c *rulebooks) keep(key weak.Pointer[turncoat.World], b *rulebook) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for old := range c.byWorld {
		if len(c.byWorld) < maxBooks {
			break
		}
		delete(c.byWorld, old)
	}
	if c.byWorld == nil {
		c.byWorld = map[weak.Pointer[turncoat.World]]*rulebook{}
	}
	c.byWorld[key] = b
}
