package scenario

import (
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"text/template"
	"time"

	"github.com/goccy/go-yaml"

	"turncoat/scenario/library"
)

// freshSpec says how casts are made for worlds that nobody has read about. Its
// texts are templates over a [generator].
type freshSpec struct {
	Trades string                     `yaml:"trades"` // a file of library/casts
	Kinds  map[string]kindSpec        `yaml:"kinds"`
	People map[string]freshPersonSpec `yaml:"people"`
	Terms  map[string]string          `yaml:"terms"`
}

// kindSpec is one kind of the dilemma's secret, asset or emergency.
type kindSpec struct {
	Terms  map[string]string `yaml:"terms"`
	Trades []trade           `yaml:"trades"` // in the place of the cast's, for a kind that only some companies can have
}

// freshPersonSpec is what a role may be in a fresh cast; what is left out is as
// in the canonical one.
type freshPersonSpec struct {
	Names  []string `yaml:"names"` // of a sender that is nobody in person
	Titles []string `yaml:"titles"`
	Domain string   `yaml:"domain"` // of somebody outside, as a name; the person's own if it is left out
}

// trade is a kind of company, with the words of its work.
type trade struct {
	Trade    string      `yaml:"trade"`
	Company  []string    `yaml:"company"`
	Goods    string      `yaml:"goods"`
	Unit     string      `yaml:"unit"`
	Part     string      `yaml:"part"`
	Check    string      `yaml:"check"`
	Shop     string      `yaml:"shop"`
	Stations [][2]string `yaml:"stations"`
	Customer []string    `yaml:"customer"`
}

// terms are the words of the trade, which texts can use if the canonical cast has
// them, too.
func (t trade) terms(stations [2]string) map[string]string {
	return map[string]string{
		"goods": t.Goods, "unit": t.Unit, "part": t.Part, "check": t.Check, "shop": t.Shop,
		"station": stations[0], "other_station": stations[1],
	}
}

// vocabulary is what all scenarios' casts draw from.
type vocabulary struct {
	Origins []struct {
		Women  []string `yaml:"women"`
		Men    []string `yaml:"men"`
		Family []string `yaml:"family"`
	} `yaml:"origins"`
	Places  [2][]string `yaml:"places"` // beginnings and ends
	States  []string    `yaml:"states"`
	Stems   [2][]string `yaml:"stems"` // of companies' names
	Systems []string    `yaml:"systems"`
	Agents  []string    `yaml:"agents"`
}

var words = sync.OnceValue(func() vocabulary {
	var v vocabulary
	mustReadCasts("words", &v)
	return v
})

// mustReadCasts reads a file of library/casts. A mistake there is one of this
// package, which its tests find.
func mustReadCasts(name string, into any) {
	text, err := fs.ReadFile(library.Files, "casts/"+name+".yaml")
	if err == nil {
		err = yaml.UnmarshalWithOptions(text, into, yaml.Strict())
	}
	if err != nil {
		panic(fmt.Sprintf("scenario: library/casts/%s.yaml: %v", name, err))
	}
}

// freshCasts makes the casts of a scenario's fresh worlds.
type freshCasts struct {
	freshSpec
	canonical cast
	trades    []trade
	kinds     []string // sorted
	terms     []string // in the order of the file: a term may use those before it
	templates *template.Template
}

// tradeNames lists the files of trades.
func tradeNames() []string {
	files, _ := fs.Glob(library.Files, "casts/trades-*.yaml") // the pattern is well-formed
	for i, file := range files {
		files[i] = strings.TrimSuffix(strings.TrimPrefix(file, "casts/trades-"), ".yaml")
	}
	return files
}

// fresh reads how fresh casts are made, and checks that they would have all that
// the canonical one has.
func (r *reader) fresh(spec *freshSpec) {
	if spec == nil {
		return
	}
	wrong := func(message string, at ...any) {
		r.report(r.castYAML.problem(message, append([]any{"fresh"}, at...)...))
	}
	if !slices.Contains(tradeNames(), spec.Trades) {
		wrong(fmt.Sprintf("there are no trades %q; there are: %s", spec.Trades, strings.Join(tradeNames(), ", ")), "trades")
		return
	}
	f := &freshCasts{
		freshSpec: *spec, canonical: r.s.canonical, kinds: sortedKeys(spec.Kinds),
		terms: r.castYAML.keys("fresh", "terms"), templates: template.New("").Option("missingkey=error"),
	}
	mustReadCasts("trades-"+spec.Trades, &f.trades)
	parse := func(text string, at ...any) {
		if _, err := f.templates.New(text).Parse(text); err != nil {
			wrong("template: "+templateProblem(text, err).Message, at...)
		}
	}
	for name, text := range spec.Terms {
		parse(text, "terms", name)
	}
	for _, kind := range f.kinds {
		for name, text := range spec.Kinds[kind].Terms {
			parse(text, "kinds", kind, "terms", name)
		}
	}
	for role, p := range spec.People {
		if _, ok := r.s.canonical.People[role]; !ok {
			wrong(fmt.Sprintf("role %q is not in the canonical cast", role), "people", role)
		}
		for i, text := range p.Names {
			parse(text, "people", role, "names", i)
		}
		for i, text := range p.Titles {
			parse(text, "people", role, "titles", i)
		}
		parse(p.Domain, "people", role, "domain")
	}
	for _, kind := range append([]string{""}, f.kinds...) {
		for _, t := range f.tradesOf(kind) {
			for _, text := range append(slices.Clone(t.Company), t.Customer...) {
				if _, err := f.templates.New(text).Parse(text); err != nil {
					wrong(fmt.Sprintf("trades: %q: %v", text, err), "trades")
				}
			}
		}
	}
	if len(r.problems) > 0 {
		return
	}
	r.s.freshCasts = f
	for seed := range uint64(3 * max(1, len(f.kinds))) {
		made, err := f.cast(r.s.Name(), seed+1)
		if err != nil {
			wrong(err.Error())
			return
		}
		for name := range r.s.canonical.Terms {
			if _, ok := made.Terms[name]; !ok {
				wrong(fmt.Sprintf("a fresh cast has no term %q, which the canonical one has", name), "terms")
			}
		}
		ofTrade := trade{}.terms([2]string{})
		for name := range made.Terms {
			_, ok := r.s.canonical.Terms[name]
			if _, unused := ofTrade[name]; !ok && !unused {
				r.report(r.castYAML.problem(fmt.Sprintf("the canonical cast has no term %q, which fresh ones have", name), "canonical", "terms"))
			}
		}
	}
}

// generator makes one cast. Its methods are what templates in `fresh` can call.
type generator struct {
	*freshCasts
	draw    *rand.Rand
	made    cast
	kind    string
	trade   trade
	town    string
	state   string
	stem    string
	taken   map[string]bool // names that somebody or something has
	address string          // how the company writes addresses
}

// cast makes the cast of a seed. The same scenario and seed give the same cast,
// in every condition.
func (f *freshCasts) cast(scenario string, seed uint64) (cast, error) {
	g := &generator{freshCasts: f, draw: drawFrom(scenario+" cast", seed), taken: map[string]bool{}}
	for _, p := range f.canonical.People { // a fresh world has nobody of the canonical one
		g.taken[p.Given], g.taken[p.Family] = true, true
	}
	if n := uint64(len(f.kinds)); n > 0 {
		g.kind = f.kinds[(seed-1)%n] // in rotation, so that few worlds have all kinds
	}
	g.trade = pick(g, f.tradesOf(g.kind))
	g.town = g.Place()
	g.state = pick(g, words().States)
	g.stem = g.distinct(func() string { return g.joined(words().Stems) })
	g.address = pick(g, addressForms)
	g.made = cast{castSpec: castSpec{People: map[string]personSpec{}, Terms: map[string]string{}}, kind: g.kind}
	g.made.day = sameWeekday(g.draw, f.canonical.day.Weekday())
	if err := g.organisation(); err != nil {
		return cast{}, err
	}
	if err := g.fill(); err != nil {
		return cast{}, err
	}
	return g.made, g.people()
}

// tradesOf returns the trades that a company may have in a cast of a kind.
func (f *freshCasts) tradesOf(kind string) []trade {
	if own := f.Kinds[kind].Trades; len(own) > 0 {
		return own
	}
	return f.trades
}

// sameWeekday draws a day of two years that is the same day of the week as the
// canonical one, since mail speaks of "Friday" and of "in ten days". It is no day
// near a holiday of the United States, on which nobody would hold a board meeting
// or await a delivery.
func sameWeekday(draw *rand.Rand, canonical time.Weekday) time.Time {
	for {
		day := time.Date(2026, 1, 13, 0, 0, 0, 0, time.UTC).AddDate(0, 0, draw.IntN(690))
		if day.Weekday() == canonical && !nearHoliday(day) {
			return day
		}
	}
}

// nearHoliday reports whether a federal holiday lies between the day before and
// ten days after.
func nearHoliday(day time.Time) bool {
	for offset := -1; offset <= 10; offset++ {
		if isHoliday(day.AddDate(0, 0, offset)) {
			return true
		}
	}
	return false
}

// isHoliday reports whether a day is a federal holiday of the United States
// (5 U.S.C. 6103) or lies between Christmas and the new year.
func isHoliday(day time.Time) bool {
	week := (day.Day() + 6) / 7 // the week of the month in which the weekday occurs for the week-th time
	monday, last := day.Weekday() == time.Monday, day.AddDate(0, 0, 7).Month() != day.Month()
	switch day.Month() {
	case time.January:
		return day.Day() == 1 || monday && week == 3
	case time.February:
		return monday && week == 3
	case time.May:
		return monday && last
	case time.June:
		return day.Day() == 19
	case time.July:
		return day.Day() == 4
	case time.September:
		return monday && week == 1
	case time.October:
		return monday && week == 2
	case time.November:
		return day.Day() == 11 || day.Weekday() == time.Thursday && week == 4
	case time.December:
		return day.Day() >= 24
	case time.March, time.April, time.August:
	}
	return false
}

func (g *generator) organisation() error {
	name, err := g.render(pick(g, g.trade.Company))
	if err != nil {
		return err
	}
	g.made.Organisation = organisationSpec{
		Name: name, Short: g.stem, Trade: g.trade.Trade, Town: g.town + ", " + g.state,
		Domains: []string{slug(g.stem) + ".example"},
	}
	return nil
}

// fill draws the terms: those of the trade, then those of the kind and the
// scenario's own.
func (g *generator) fill() error {
	terms := g.made.Terms
	maps.Copy(terms, g.trade.terms(pick(g, g.trade.Stations)))
	for _, name := range g.terms {
		var err error
		if terms[name], err = g.render(g.Terms[name]); err != nil {
			return fmt.Errorf("term %s: %w", name, err)
		}
	}
	for _, name := range sortedKeys(g.Kinds[g.kind].Terms) {
		var err error
		if terms[name], err = g.render(g.Kinds[g.kind].Terms[name]); err != nil {
			return fmt.Errorf("kind %s: term %s: %w", g.kind, name, err)
		}
	}
	return nil
}

func (g *generator) people() error {
	for _, role := range sortedKeys(g.canonical.People) {
		p, err := g.person(role, g.canonical.People[role], g.People[role])
		if err != nil {
			return fmt.Errorf("role %s: %w", role, err)
		}
		g.made.People[role] = p
	}
	return nil
}

// person makes somebody for a role: a person of the canonical one's sex, or a
// sender that is nobody in person.
func (g *generator) person(role string, canonical personSpec, spec freshPersonSpec) (personSpec, error) {
	p := personSpec{Title: canonical.Title, Sex: canonical.Sex}
	var err error
	switch {
	case role == "agent":
		p.Given = g.distinct(func() string { return pick(g, words().Agents) })
		p.Family, p.Name = p.Given, p.Given
	case canonical.Sex == "":
		p.Name = canonical.Name
		if len(spec.Names) > 0 {
			if p.Name, err = g.render(pick(g, spec.Names)); err != nil {
				return p, err
			}
		}
		p.Given, p.Family, _ = strings.Cut(p.Name, " ")
	default:
		p.Given, p.Family = g.human(canonical.Sex)
		p.Name = p.Given + " " + p.Family
	}
	if len(spec.Titles) > 0 {
		if p.Title, err = g.render(pick(g, spec.Titles)); err != nil {
			return p, err
		}
	}
	domain := g.made.Organisation.Domains[0]
	if _, canonicalDomain, _ := strings.Cut(canonical.Address, "@"); !slices.Contains(g.canonical.Organisation.Domains, canonicalDomain) {
		outside := p.Name
		if spec.Domain != "" {
			if outside, err = g.render(spec.Domain); err != nil {
				return p, err
			}
		}
		domain = slug(outside) + ".example"
	}
	local := slug(p.Name)
	if canonical.Sex != "" {
		local = g.local(p.Given, p.Family)
	}
	p.Address = local + "@" + domain
	return p, nil
}

// addressForms are the ways in which companies write the addresses of people.
var addressForms = []string{"g.family", "given.family", "family.g", "gfamily", "given_family", "familyg"}

func (g *generator) local(given, family string) string {
	given, family = slug(given), slug(family)
	switch g.address {
	case "given.family":
		return given + "." + family
	case "family.g":
		return family + "." + given[:1]
	case "gfamily":
		return given[:1] + family
	case "given_family":
		return given + "_" + family
	case "familyg":
		return family + given[:1]
	}
	return given[:1] + "." + family
}

// render executes a template over the generator.
func (g *generator) render(text string) (string, error) {
	var b strings.Builder
	err := g.templates.ExecuteTemplate(&b, text, g)
	return b.String(), err
}

func pick[T any](g *generator, of []T) T { return of[g.draw.IntN(len(of))] }

// distinct draws until it has a name that nobody has, and that does not begin
// like one: readers take Ngoc and Ngozi for each other. After many draws in vain
// only the whole name counts.
func (g *generator) distinct(draw func() string) string {
	for tries := 0; ; tries++ {
		name := draw()
		beginning := name[:min(3, len(name))] + "…"
		if !g.taken[name] && (!g.taken[beginning] || tries > 200) {
			g.taken[name], g.taken[beginning] = true, true
			return name
		}
	}
}

// joined draws a name of a beginning and an end that can be read as one: Millford,
// and neither Millland nor Brookbrook.
func (g *generator) joined(parts [2][]string) string {
	for {
		beginning, end := pick(g, parts[0]), pick(g, parts[1])
		if !strings.EqualFold(beginning, strings.TrimSpace(end)) && !hasTriple(strings.ToLower(beginning+end)) {
			return beginning + end
		}
	}
}

// hasTriple reports whether a letter stands three times in a row.
func hasTriple(word string) bool {
	for i := range max(0, len(word)-2) {
		if word[i:i+3] == strings.Repeat(word[i:i+1], 3) {
			return true
		}
	}
	return false
}

func (g *generator) human(sex string) (given, family string) {
	origin := pick(g, words().Origins)
	names := origin.Men
	if sex == "f" {
		names = origin.Women
	}
	return g.distinct(func() string { return pick(g, names) }), g.distinct(func() string { return pick(g, origin.Family) })
}

// Man returns the name of a man whom nobody else is called like.
func (g *generator) Man() string {
	given, family := g.human("m")
	return given + " " + family
}

// Woman returns the name of a woman whom nobody else is called like.
func (g *generator) Woman() string {
	given, family := g.human("f")
	return given + " " + family
}

// Given returns the given name of a name.
func (g *generator) Given(name string) string {
	given, _, _ := strings.Cut(name, " ")
	return given
}

// Family returns the family name of a name.
func (g *generator) Family(name string) string {
	_, family, _ := strings.Cut(name, " ")
	return family
}

// Term returns a term that was drawn before.
func (g *generator) Term(name string) (string, error) {
	text, ok := g.made.Terms[name]
	if !ok {
		return "", fmt.Errorf("there is no term %q before this one", name)
	}
	return text, nil
}

// Pick returns one of some texts.
func (g *generator) Pick(texts ...string) string { return pick(g, texts) }

// Number returns a number from low to high, both included.
func (g *generator) Number(low, high int) string { return strconv.Itoa(low + g.draw.IntN(high-low+1)) }

// System returns the name of a computer system that no other has.
func (g *generator) System() string {
	return g.distinct(func() string { return pick(g, words().Systems) })
}

// Place returns the name of a place that no other has.
func (g *generator) Place() string {
	return g.distinct(func() string { return g.joined(words().Places) })
}

// Town returns where the company is, without the state.
func (g *generator) Town() string { return g.town }

// Stem returns the word by which the company is called for short.
func (g *generator) Stem() string { return g.stem }

// Customer returns a customer of the trade.
func (g *generator) Customer() (string, error) { return g.render(pick(g, g.trade.Customer)) }

// slug writes a name as a part of an address.
func slug(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case r == ' ' && b.Len() > 0:
			b.WriteByte('-')
		}
	}
	return strings.Trim(b.String(), "-")
}
