package labelled

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"turncoat"
	"turncoat/scenario"
	"turncoat/scheme"
)

// Scenarios finds a scenario by its name, such as [scenario.Library.Get].
type Scenarios func(name string) (*scenario.Scenario, error)

// Read reads a folder of cases and the folders in it, and reports every mistake
// by file and line. Cases with a mistake are left out.
func Read(fsys fs.FS, scenarios Scenarios) ([]Case, []scenario.Problem) {
	r := &reader{scenarios: scenarios, texts: map[string]*scenario.Texts{}, names: map[string]string{}}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".yaml" {
			return err
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		r.sheet(name, text)
		return nil
	})
	if err != nil {
		r.report(scenario.Problem{File: ".", Message: err.Error()})
	}
	if len(r.cases) == 0 && len(r.problems) == 0 {
		r.report(scenario.Problem{File: ".", Message: "there is no labelled transcript: they are in files that end in .yaml"})
	}
	slices.SortStableFunc(r.problems, func(a, b scenario.Problem) int {
		return cmp.Or(strings.Compare(a.File, b.File), a.Line-b.Line, a.Column-b.Column)
	})
	return r.cases, r.problems
}

// reader reads a folder and collects what is wrong with it.
type reader struct {
	scenarios Scenarios
	texts     map[string]*scenario.Texts // by world
	names     map[string]string          // of cases, with the files that they are in
	cases     []Case
	problems  []scenario.Problem
}

func (r *reader) report(p scenario.Problem) { r.problems = append(r.problems, p) }

// hands are the words for who wrote a file: short, since tables show them.
var hands = regexp.MustCompile(`^[a-z][a-z0-9-]{0,19}$`)

// sheet reads one file.
func (r *reader) sheet(name string, text []byte) {
	var s sheet
	source, problems := scenario.ReadSource(name, text, &s)
	r.problems = append(r.problems, problems...)
	if source.LeftOut() {
		return
	}
	for key, value := range map[string]string{"scenario": s.Scenario, "kind": s.Kind, "about": s.About} {
		if strings.TrimSpace(value) == "" && !source.LeftOut(key) {
			r.report(source.Problem("the key "+key+" is missing or empty", key))
		}
	}
	if s.Hand == "" {
		s.Hand = FirstHand
	}
	if !hands.MatchString(s.Hand) {
		r.report(source.Problem(fmt.Sprintf("the hand %q must be one short word in small letters, such as %q or \"second\"", s.Hand, FirstHand), "hand"))
		return
	}
	of, err := r.scenarios(s.Scenario)
	if err != nil {
		if s.Scenario != "" { // which is reported above
			r.report(source.Problem(err.Error(), "scenario"))
		}
		return
	}
	if len(s.Cases) == 0 && !source.LeftOut("transcripts") {
		r.report(source.Problem("the key transcripts is missing or empty", "transcripts"))
	}
	for i, e := range s.Cases {
		c := &caseReader{reader: r, source: source, file: name, at: []any{"transcripts", i}, sheet: s, entry: e, scenario: of, wrong: len(problems) > 0}
		c.read()
	}
}

// textsOf returns the texts of a world. Many cases share one.
func (r *reader) textsOf(s *scenario.Scenario, condition turncoat.Condition, seed uint64) (*scenario.Texts, error) {
	full, err := s.Complete(condition)
	if err != nil {
		return nil, err
	}
	key := fmt.Sprintf("%s %d %s", s.Name(), seed, full)
	if texts, ok := r.texts[key]; ok {
		return texts, nil
	}
	texts, err := s.Texts(full, seed)
	if err != nil {
		return nil, err
	}
	r.texts[key] = texts
	return texts, nil
}

// caseReader reads one case.
type caseReader struct {
	*reader
	source   scenario.Source
	file     string
	at       []any // where it stands in its file
	sheet    sheet
	entry    entry
	scenario *scenario.Scenario
	texts    *scenario.Texts
	wrong    bool
}

// problem reports what is wrong at a path in the case, unless what stands there could
// not be read, which is reported.
func (c *caseReader) problem(message string, at ...any) {
	c.wrong = true
	if !c.leftOut(at...) {
		c.report(c.source.Problem(message, append(slices.Clone(c.at), at...)...))
	}
}

// leftOut reports whether what stands at a path in the case could not be read.
func (c *caseReader) leftOut(at ...any) bool {
	return c.source.LeftOut(append(slices.Clone(c.at), at...)...)
}

// worldUnknown reports whether that could not be read which the case's world depends
// on, and so what its texts may name.
func (c *caseReader) worldUnknown() bool {
	return c.leftOut("seed") || c.leftOut("condition") || c.entry.Condition == nil && c.source.LeftOut("condition")
}

func (c *caseReader) read() {
	e := &c.entry
	if e.Interface == "" {
		e.Interface = turncoat.InterfacePrompt
	}
	unknown := c.worldUnknown()
	if e.Condition == nil {
		e.Condition = c.sheet.Condition
	}
	name := path.Join(c.sheet.Scenario, c.sheet.Kind, e.Name)
	switch other, twice := c.names[name]; {
	case e.Name == "":
		c.problem("the transcript has no name", "name")
	case twice && !c.source.LeftOut("kind"):
		c.problem(fmt.Sprintf("there is another transcript named %s, in %s", name, other), "name")
	}
	c.names[name] = c.file
	var err error
	if c.texts, err = c.textsOf(c.scenario, e.Condition, e.Seed); err != nil {
		c.problem(err.Error(), "condition")
		return
	}
	label := c.label()
	if unknown {
		return
	}
	replies := c.replies()
	if c.wrong {
		return
	}
	transcript, err := act(c.texts.World(), e.Interface, name, replies)
	if err != nil {
		c.problem(err.Error())
		return
	}
	c.cases = append(c.cases, Case{
		Name: name, Scenario: c.sheet.Scenario, Kind: c.sheet.Kind, Hard: c.sheet.Hard, Hand: c.sheet.Hand, HeldOut: e.HeldOut,
		Label: label, World: c.texts.World(), Transcript: transcript,
	})
}

var outcomes = []turncoat.Outcome{turncoat.OutcomeHarmful, turncoat.OutcomeBenign, turncoat.OutcomeInvalid}

// label checks what the case says of its transcript. The rule that decides must
// stand in the rubric, word for word: a rubric that has changed shows which
// labels to look at again.
func (c *caseReader) label() Label {
	e := c.entry
	if !slices.Contains(outcomes, e.Outcome) {
		c.problem(fmt.Sprintf("the outcome %q must be harmful, benign or invalid", e.Outcome), "outcome")
	}
	if strings.TrimSpace(e.Reason) == "" {
		c.problem("the reason is missing: say in a sentence or two what in the transcript decides", "reason")
	}
	c.inScheme(scheme.Belief, []string{e.Belief}, "belief")
	c.inScheme(scheme.Conduct, e.Conduct, "conduct")
	switch {
	case e.Outcome == turncoat.OutcomeInvalid && e.Rule != "":
		c.problem("a transcript without conduct is decided by no rule of the rubric: leave the rule out", "rule")
	case e.Outcome != turncoat.OutcomeInvalid && e.Rule == "" && !c.leftOut("outcome"):
		c.problem("the rule is missing: quote the words of the rubric that decide", "rule")
	case !strings.Contains(plain(c.texts.World().Harm.Rubric.Text), plain(e.Rule)):
		c.problem(fmt.Sprintf("the words %q do not stand in the scenario's rubric: quote it word for word", e.Rule), "rule")
	}
	return Label{Outcome: e.Outcome, Conduct: e.Conduct, Belief: e.Belief, Rule: e.Rule, Reason: strings.TrimSpace(e.Reason)}
}

// plain returns a text as quotations of it are compared: without emphasis, and
// with one space for each run of white space.
func plain(text string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(text, "*", "")), " ")
}

// render renders a text of the case, and reports what is wrong with it.
func (c *caseReader) render(text string, at ...any) string {
	rendered, err := c.texts.Render(text)
	if err != nil {
		message := "template: " + err.Error()
		if e, ok := errors.AsType[*scenario.TextError](err); ok && strings.Contains(text, "\n") {
			message = fmt.Sprintf("template, line %d of the text: %s", e.Line, e.Message)
		}
		c.problem(message, at...)
	}
	return rendered
}
