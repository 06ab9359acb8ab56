package scenario

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"turncoat"
	"turncoat/scheme"
)

// Load reads a scenario folder. A folder with mistakes is refused with all of
// them, as [Problems].
func Load(fsys fs.FS) (*Scenario, error) {
	s, problems := read(fsys, true)
	if len(problems) > 0 {
		return nil, Problems(problems)
	}
	return s, nil
}

// Lint returns every mistake in a scenario folder, in order of file and line.
func Lint(fsys fs.FS) []Problem {
	_, problems := read(fsys, true)
	return problems
}

// reader reads a scenario folder and collects what is wrong with it.
type reader struct {
	fsys     fs.FS
	s        *Scenario
	file     yamlFile // scenario.yaml
	castYAML yamlFile
	problems []Problem
	inSome   map[Problem]Occurrence // problems that depend on the condition

	unreadable map[string]bool // YAML files that could not be read at all
	lacking    map[string]bool // keys of scenario.yaml of which nothing is known, so that nothing can be wrong for their sake

	used        [][]byte         // the standard factors' files
	fieldPlaces map[string]place // of the fields of levels, by template
}

func (r *reader) report(p Problem) {
	if !slices.Contains(r.problems, p) {
		r.problems = append(r.problems, p)
	}
}

// reportIn reports a mistake that depends on the condition. However many of them
// have it, it is one mistake.
func (r *reader) reportIn(c turncoat.Condition, p Problem) {
	found := r.inSome[p]
	found.Add(c)
	r.inSome[p] = found
}

// wrong reports a mistake at a path in scenario.yaml.
func (r *reader) wrong(message string, at ...any) { r.report(r.file.problem(message, at...)) }

// read reads a folder. Only a thorough reading renders the texts, which takes
// most of the time, and finds mistakes that depend on the condition.
func read(fsys fs.FS, thorough bool) (*Scenario, []Problem) {
	r := &reader{
		fsys: fsys, s: &Scenario{texts: newTexts(), files: map[string]string{}, levels: map[string][]string{}},
		inSome: map[Problem]Occurrence{}, unreadable: map[string]bool{}, lacking: map[string]bool{},
	}
	if r.file = r.readYAML("scenario.yaml", &r.s.spec); r.file.root == nil {
		r.others()
	} else {
		r.whole(thorough)
	}
	for p, found := range r.inSome {
		p.Message += fmt.Sprintf(" (%s)", found)
		r.report(p)
	}
	slices.SortStableFunc(r.problems, r.inOrder)
	return r.s, r.problems
}

// whole reads a folder whose scenario.yaml says what is to be in it.
func (r *reader) whole(thorough bool) {
	r.spec()
	if r.s.isVerbatim() {
		r.verbatim()
	} else {
		r.cast()
		r.prompts()
		r.beats()
		r.documents()
		r.course()
	}
	r.harm()
	r.performances()
	r.fields()
	if thorough {
		r.renderAll()
	}
	r.s.version = r.version()
}

// others reads what can be read of a folder without its scenario.yaml.
func (r *reader) others() {
	for _, key := range []string{"roles", "factors", "beats"} {
		r.lacking[key] = true
	}
	r.cast()
	r.prompts()
	for _, file := range r.glob("mail/*/*.eml") {
		r.parse(file)
	}
	r.performances()
}

// inOrder sorts problems by file and line, those of files that could not be read
// at all first.
func (r *reader) inOrder(a, b Problem) int {
	rank := func(p Problem) int {
		if r.unreadable[p.File] {
			return 0
		}
		return 1
	}
	return cmp.Or(rank(a)-rank(b), strings.Compare(a.File, b.File), a.Line-b.Line, a.Column-b.Column, strings.Compare(a.Message, b.Message))
}

// readYAML reads a YAML file of the folder into v. Of one that is missing, broken
// or of another form the root is nil; that it is is the one thing to be said of it.
func (r *reader) readYAML(file string, v any) yamlFile {
	text, ok := r.read(file)
	if !ok {
		r.unreadable[file] = true
		return yamlFile{name: file}
	}
	f := readYAML(file, text, v, r.report)
	if f.root == nil {
		r.unreadable[file] = true
	}
	return f
}

// has reports whether scenario.yaml has a key, which it must have, and says what
// the key is for if it has not.
func (r *reader) has(key, what string) bool {
	if node, _ := r.file.find([]any{key}); node != nil && node.Type() != ast.NullType {
		return true
	}
	r.wrong(fmt.Sprintf("the key %s is missing or empty: %s", key, what))
	r.lacking[key] = true
	return false
}

// spec checks scenario.yaml: names, roles, factors, exclusions.
func (r *reader) spec() {
	s := &r.s.spec
	for key, value := range map[string]string{"name": s.Name, "version": s.Version, "title": s.Title, "summary": s.Summary} {
		if strings.TrimSpace(value) == "" {
			r.wrong("the key "+key+" is missing or empty", key)
		}
	}
	if r.has("roles", "it says what each person does in the story, agent among them") {
		if _, ok := s.Roles["agent"]; !ok {
			r.wrong("there must be a role named agent: the one whose mail this is", "roles")
		}
	}
	r.factors()
	for i, e := range s.Excluded {
		r.when(e.When, "excluded", i, "when")
		if e.Reason == "" {
			r.wrong("an excluded combination needs a reason, which is what a user is told", "excluded", i)
		}
	}
	if !r.s.isVerbatim() && r.has("session", `it says when the agent's session opens, as in {start: "17:40"}`) {
		if _, err := momentOf(time.Time{}, s.Session.Start); err != nil {
			r.wrong("session.start: "+err.Error(), "session", "start")
		}
	}
}

func levelNames(f Factor) string {
	var names []string
	for _, l := range f.Levels {
		names = append(names, l.Name)
	}
	return strings.Join(names, ", ")
}

// when checks that the factors and levels of a condition exist.
func (r *reader) when(w when, at ...any) {
	if r.lacking["factors"] {
		return
	}
	for factor, levels := range w {
		spec, ok := r.s.spec.Factors[factor]
		if !ok && r.lacking["factors."+factor] {
			continue // it is told once, however many conditions speak of it
		}
		if !ok {
			r.lacking["factors."+factor] = true
			r.wrong(fmt.Sprintf("there is no factor %q; there are: %s", factor, strings.Join(sortedKeys(r.s.spec.Factors), ", ")), append(at, factor)...)
			continue
		}
		for i, pattern := range levels {
			if !slices.ContainsFunc(sortedKeys(spec.Levels), func(level string) bool { return matchesLevel(pattern, level) }) {
				r.wrong(fmt.Sprintf("factor %s has no level %q; there are: %s", factor, pattern, strings.Join(sortedKeys(spec.Levels), ", ")), append(at, factor, i)...)
			}
		}
	}
}

// reserved are the domains that belong to nobody (RFC 2606, RFC 6761).
var reserved = []string{".example", ".test", ".invalid", ".localhost", "example.com", "example.net", "example.org"}

func isReserved(domain string) bool {
	return slices.ContainsFunc(reserved, func(r string) bool {
		return domain == strings.TrimPrefix(r, ".") || strings.HasSuffix(domain, "."+strings.TrimPrefix(r, "."))
	})
}

// cast reads cast.yaml.
func (r *reader) cast() {
	var file castFile
	if r.castYAML = r.readYAML("cast.yaml", &file); r.castYAML.root == nil {
		return
	}
	c := cast{castSpec: file.Canonical}
	wrong := func(message string, at ...any) {
		r.report(r.castYAML.problem(message, append([]any{"canonical"}, at...)...))
	}
	if len(c.People) == 0 {
		wrong("nobody is in the canonical cast: canonical.people says who has each role of scenario.yaml")
		r.castYAML.root = nil // without people nothing of it can be used
		return
	}
	var err error
	if c.day, err = time.Parse(time.DateOnly, c.Day); err != nil {
		wrong(fmt.Sprintf("day %q must be a date such as 2026-03-12", c.Day), "day")
	}
	if c.Organisation.Name == "" || len(c.Organisation.Domains) == 0 {
		wrong("the organisation needs a name and at least one domain", "organisation")
	}
	for i, domain := range c.Organisation.Domains {
		if !isReserved(domain) {
			wrong(fmt.Sprintf("domain %q may belong to somebody: use a reserved one, such as name.example", domain), "organisation", "domains", i)
		}
	}
	for role, p := range c.People {
		if _, ok := r.s.spec.Roles[role]; !ok && !r.lacking["roles"] {
			wrong(fmt.Sprintf("role %q is not among the roles of scenario.yaml", role), "people", role)
		}
		_, domain, ok := strings.Cut(p.Address, "@")
		switch {
		case !ok:
			wrong(fmt.Sprintf("%q is no mail address", p.Address), "people", role, "address")
		case !isReserved(domain):
			wrong(fmt.Sprintf("domain %q may belong to somebody: use a reserved one, such as name.example", domain), "people", role, "address")
		}
		if p.Name == "" {
			wrong(fmt.Sprintf("role %q has no name", role), "people", role)
		}
	}
	for role := range r.s.spec.Roles {
		if _, ok := c.People[role]; !ok {
			r.wrong(fmt.Sprintf("nobody in cast.yaml has the role %q", role), "roles", role)
		}
	}
	r.s.canonical = c
	r.fresh(file.Fresh)
}

// prompts parses the system prompt and the instruction, with their tellings.
func (r *reader) prompts() {
	for _, name := range []string{"system", "task"} {
		r.parse(name + ".md.tmpl")
		files, _ := fs.Glob(r.fsys, name+".[b-z].md.tmpl") // the pattern is well-formed
		for _, file := range files {
			r.parse(file)
		}
	}
}

func (r *reader) beats() {
	if !r.has("beats", "it says which facts the mail makes known") {
		return
	}
	seen := map[string]bool{}
	for i, spec := range r.s.spec.Beats {
		r.when(spec.When, "beats", i, "when")
		if spec.Fact == "" {
			r.wrong("the beat has no fact: say in a line what its mail makes known", "beats", i)
		}
		if seen[spec.Name] {
			r.wrong(fmt.Sprintf("there are two beats named %q", spec.Name), "beats", i, "name")
			continue
		}
		seen[spec.Name] = true
		if _, err := fs.Stat(r.fsys, path.Join("mail", spec.Name)); err != nil {
			r.wrong(fmt.Sprintf("the beat has no folder mail/%s", spec.Name), "beats", i, "name")
			continue
		}
		b := readBeat(r.fsys, spec, r.s.texts, r.report)
		if _, ok := b.telling(canonicalTelling); !ok {
			r.wrong(fmt.Sprintf("the beat has no telling for the canonical world: mail/%s/%s.eml", spec.Name, canonicalTelling), "beats", i, "name")
			continue
		}
		r.s.beats = append(r.s.beats, b)
	}
	folders, _ := fs.ReadDir(r.fsys, "mail") // a missing folder was reported by its beats
	for _, f := range folders {
		if !seen[f.Name()] {
			r.report(Problem{File: "mail/" + f.Name(), Message: "no beat of scenario.yaml has this name; add one, or remove the folder"})
		}
	}
}

func (r *reader) documents() {
	for i, d := range r.s.spec.Documents {
		r.when(d.When, "documents", i, "when")
		r.attachment(d.File, "documents", i, "file")
	}
	for i, a := range r.s.spec.Alerts {
		r.when(a.When, "alerts", i, "when")
		r.attachment(a.File, "alerts", i, "file")
		if a.ID == "" || a.Code == "" {
			r.wrong("an alert needs an id and the code that cancels it", "alerts", i)
		}
		r.template(codeTemplate(a.ID), a.Code, "alerts", i, "code")
	}
}

func (r *reader) attachment(name string, at ...any) {
	file := "documents/" + name
	if _, err := fs.Stat(r.fsys, file); name == "" || err != nil {
		r.wrong(fmt.Sprintf("there is no file %s", file), at...)
		return
	}
	r.parse(file)
	ending := path.Ext(file)
	for _, own := range r.glob(strings.TrimSuffix(file, ending) + ".?*" + ending) { // for kinds of cast
		r.parse(own)
	}
}

// harm checks what counts as harm, and parses the templates in it.
func (r *reader) harm() {
	if !r.has("harm", "it says what a judge must decide, and the rules by which effects tell it") {
		return
	}
	h := r.s.spec.Harm
	if strings.TrimSpace(h.Question) == "" {
		r.wrong("harm.question is missing: what must a judge decide, as a yes-or-no question?", "harm")
	}
	r.template(questionTemplate, h.Question, "harm", "question")
	if h.Rubric == "" || h.RubricVersion == "" {
		r.wrong("harm needs a rubric (a file) and a rubric_version", "harm")
	} else if _, err := fs.Stat(r.fsys, h.Rubric); err != nil {
		r.wrong(fmt.Sprintf("there is no file %s", h.Rubric), "harm", "rubric")
	} else {
		r.parse(h.Rubric)
	}
	if h.Exclude < 0 || h.Exclude >= 1 {
		r.wrong(fmt.Sprintf("harm.exclude_above is a share from 0 to 1, and not %g", h.Exclude), "harm", "exclude_above")
	}
	for i, beat := range h.Leverage {
		if !r.hasBeat(beat) {
			r.wrong(fmt.Sprintf("there is no beat %q", beat), "harm", "leverage", i)
		}
	}
	if len(h.Rules) == 0 {
		r.wrong("harm has no rules: a judge that does not read would have nothing to go by", "harm")
	}
	for i, rule := range h.Rules {
		r.rule(rule, strconv.Itoa(i), "harm", "rules", i)
	}
	if h.Contact != nil {
		r.rule(*h.Contact, "contact", "harm", "contact")
	}
}

var effectKinds = []string{"sent", "forwarded", "cancelled"}

func (r *reader) rule(rule ruleSpec, key string, at ...any) {
	under := func(more ...any) []any { return append(slices.Clone(at), more...) }
	if rule.Name == "" {
		r.wrong("the rule has no name", at...)
	}
	if len(rule.Effects) == 0 {
		r.wrong("the rule has no effects: say of which kinds of effect it speaks ("+strings.Join(effectKinds, ", ")+")", at...)
	}
	for i, kind := range rule.Effects {
		if !slices.Contains(effectKinds, kind) {
			r.wrong(fmt.Sprintf("there is no effect %q; there are: %s", kind, strings.Join(effectKinds, ", ")), under("effects", i)...)
		}
	}
	for i, to := range rule.To {
		r.recipient(to, under("to", i)...)
	}
	for i, to := range rule.NotTo {
		r.recipient(to, under("not_to", i)...)
	}
	for i, group := range rule.Says {
		if len(group) == 0 {
			r.wrong("a group of phrases is empty, so the rule could never hold", under("says", i)...)
		}
		for j, phrase := range group {
			r.template(phraseTemplate(key, i, j), phrase, under("says", i, j)...)
		}
	}
	for i, phrase := range rule.Unless {
		r.template(unlessTemplate(key, i), phrase, under("unless", i)...)
	}
	r.materials(rule.Carries, under("carries")...)
	r.materials(rule.Retells, under("retells")...)
}

// materials checks the names of beats and documents.
func (r *reader) materials(names []string, at ...any) {
	for i, name := range names {
		if !r.hasBeat(name) && !r.hasDocument(name) {
			r.wrong(fmt.Sprintf("%q is neither a beat nor a document", name), append(slices.Clone(at), i)...)
		}
	}
}

// recipient checks a role, an address, or a word for many.
func (r *reader) recipient(to string, at ...any) {
	if _, role := r.s.spec.Roles[to]; !role && !r.lacking["roles"] && to != turncoat.Outside && to != turncoat.Authority && !strings.Contains(to, "@") {
		r.wrong(fmt.Sprintf("%q is neither a role (%s) nor an address nor \"outside\" or \"authority\"", to, strings.Join(sortedKeys(r.s.spec.Roles), ", ")), at...)
	}
}

func (r *reader) hasBeat(name string) bool {
	return r.lacking["beats"] || slices.ContainsFunc(r.s.spec.Beats, func(b beatSpec) bool { return b.Name == name })
}

func (r *reader) hasDocument(name string) bool {
	return slices.ContainsFunc(r.s.spec.Documents, func(d documentSpec) bool { return d.File == name })
}

// performances reads standin/.
func (r *reader) performances() {
	files, _ := fs.Glob(r.fsys, "standin/*.yaml") // the pattern is well-formed
	for _, file := range files {
		p := performance{file: file, name: strings.TrimSuffix(path.Base(file), ".yaml")}
		if p.yaml = r.readYAML(file, &p.performanceSpec); p.yaml.root == nil {
			continue
		}
		r.performance(p)
		r.s.performances = append(r.s.performances, p)
	}
}

var (
	plays   = []string{"harmful", "benign", "mixed"}
	actions = []string{"send", "forward", "cancel"}
)

func (r *reader) performance(p performance) {
	wrong := func(message string, at ...any) { r.report(p.yaml.problem(message, at...)) }
	if !slices.Contains(plays, p.Plays) {
		wrong(fmt.Sprintf("plays: %q must be one of %s", p.Plays, strings.Join(plays, ", ")), "plays")
	}
	r.conduct(p, wrong)
	in := r.file
	r.file = p.yaml // its conditions and recipients are placed in its own file
	r.when(p.When, "when")
	for i, a := range p.Acts {
		if !slices.Contains(actions, a.Action) {
			wrong(fmt.Sprintf("there is no action %q; there are: %s", a.Action, strings.Join(actions, ", ")), "acts", i, "action")
		}
		for j, to := range a.To {
			r.recipient(to, "acts", i, "to", j)
		}
		for j, beat := range a.Mail {
			if !r.hasBeat(beat) {
				wrong(fmt.Sprintf("there is no beat %q", beat), "acts", i, "mail", j)
			}
		}
		r.template(p.template("subject", i), a.Subject, "acts", i, "subject")
		r.template(p.template("body", i), a.Body, "acts", i, "body")
		r.template(p.template("code", i), a.Code, "acts", i, "code")
	}
	r.template(p.template("reasoning"), p.Reasoning, "reasoning")
	r.template(p.template("says"), p.Says, "says")
	r.file = in
}

// conduct checks the labels that are said to hold of a performance.
func (r *reader) conduct(p performance, wrong func(message string, at ...any)) {
	known, _ := scheme.Named(scheme.Conduct)
	for i, name := range p.Conduct {
		if _, ok := known.Label(name); !ok {
			wrong(fmt.Sprintf("conduct: there is no label %q; there are: %s", name, strings.Join(known.LabelNames(), ", ")), "conduct", i)
		}
		if slices.Contains(p.Conduct[:i], name) {
			wrong(fmt.Sprintf("conduct: the label %s is listed twice", name), "conduct", i)
		}
	}
}

// template parses a template that stands in a YAML file, at a path there.
func (r *reader) template(name, text string, at ...any) {
	if err := r.s.texts.parse(name, text); err != nil {
		r.wrong("template: "+templateProblem(name, err).Message, at...)
	}
}

// parse reads and parses a file that is a template.
func (r *reader) parse(file string) { parseFile(r.fsys, file, r.s.texts, r.report) }

func parseFile(fsys fs.FS, file string, texts *texts, report func(Problem)) {
	text, err := fs.ReadFile(fsys, file)
	if err != nil {
		report(Problem{File: file, Message: reason(err)})
		return
	}
	if err := texts.parse(file, strings.ReplaceAll(string(text), "\r\n", "\n")); err != nil {
		report(templateProblem(file, err))
	}
}

func (r *reader) read(file string) ([]byte, bool) {
	text, err := fs.ReadFile(r.fsys, file)
	if err != nil {
		r.report(Problem{File: file, Message: reason(err)})
		return nil, false
	}
	return text, true
}

func reason(err error) string {
	if errors.Is(err, fs.ErrNotExist) {
		return "the file is missing"
	}
	return err.Error()
}

// version digests every file of the folder and every standard factor that it
// uses, so that a changed text makes other trials.
func (r *reader) version() string {
	digest := sha256.New()
	_ = fs.WalkDir(r.fsys, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(r.fsys, file)
		fmt.Fprintf(digest, "%s\x00%d\x00", file, len(text))
		digest.Write(text)
		return err
	}) // what cannot be read was reported where it is needed
	for _, text := range r.used {
		fmt.Fprintf(digest, "\x00%d\x00", len(text))
		digest.Write(text)
	}
	return fmt.Sprintf("%s-%x", r.s.spec.Version, digest.Sum(nil)[:4])
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
