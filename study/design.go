package study

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/google/jsonschema-go/jsonschema"

	"turncoat"
)

// Defaults of a design.
const (
	DefaultConcurrency = 16
	DefaultCallTimeout = 10 * time.Minute
	DefaultRetries     = 6
	DefaultJudge       = "rules"
)

// Defaults of the limits of one trial.
const (
	DefaultTurns  = 60
	DefaultTokens = 2_000_000
	DefaultTime   = time.Hour
)

// DefaultCalls is the limit of turns in the interface external, where each of
// them is a single call.
const DefaultCalls = 500

// Read reads a design file and fills in its defaults. Keys that do not exist
// and values that make no sense are errors with file, line and column, and all are
// reported together, unless the file is no YAML. The name of the file serves errors
// only.
func Read(r io.Reader, file string) (turncoat.Study, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return turncoat.Study{}, fmt.Errorf("%s: %w", file, err)
	}
	tree, err := parser.ParseBytes(text, 0)
	if err != nil {
		check := checker{file: file}
		check.yamlProblem(err)
		return turncoat.Study{}, check.err()
	}
	check := checker{file: file, tree: tree}
	s := check.decode()
	check.study(s)
	if err := check.err(); err != nil {
		return turncoat.Study{}, err
	}
	return withDefaults(s), nil
}

// Override returns the design with the fields that changes sets: name, models,
// interfaces, judge, annotators, trials and limits, which a command line may ask for. Under the same
// name, trials which both ask for are the same trials.
func Override(s, changes turncoat.Study) (turncoat.Study, error) {
	if changes.Name != "" {
		s.Name = changes.Name
	}
	if len(changes.Models) > 0 {
		s.Models = changes.Models
	}
	if len(changes.Interfaces) > 0 && !slices.Equal(changes.Interfaces, s.Interfaces) {
		s.Interfaces = changes.Interfaces
		s.Limits.Trial.Turns = 0 // a turn is something else in each
		s = withDefaults(s)
	}
	if changes.Worlds != "" {
		s.Worlds, s.Seeds = changes.Worlds, nil
	}
	if changes.Judge != "" {
		s.Judge = changes.Judge
	}
	if len(changes.Annotators) > 0 {
		s.Annotators = changes.Annotators
	}
	if changes.Trials != 0 {
		s.Trials = changes.Trials
	}
	if changes.Limits.Concurrency != 0 {
		s.Limits.Concurrency = changes.Limits.Concurrency
	}
	if changes.Limits.MaxCost != 0 {
		s.Limits.MaxCost = changes.Limits.MaxCost
	}
	var check checker
	check.study(s)
	return s, check.err()
}

func withDefaults(s turncoat.Study) turncoat.Study {
	if len(s.Interfaces) == 0 {
		s.Interfaces = []turncoat.Interface{turncoat.InterfacePrompt}
	}
	if len(s.Seeds) == 0 && s.Worlds == "" {
		s.Worlds = worldsCanonical
	}
	if s.Judge == "" {
		s.Judge = DefaultJudge
	}
	if s.Limits.Concurrency == 0 {
		s.Limits.Concurrency = DefaultConcurrency
	}
	if s.Limits.CallTimeout == 0 {
		s.Limits.CallTimeout = DefaultCallTimeout
	}
	if s.Limits.Retries == 0 {
		s.Limits.Retries = DefaultRetries
	}
	switch {
	case slices.Contains(s.Interfaces, turncoat.InterfaceTools):
		s.Limits.Trial = trialDefaults(s.Limits.Trial, DefaultTurns)
	case slices.Contains(s.Interfaces, turncoat.InterfaceExternal):
		s.Limits.Trial = trialDefaults(s.Limits.Trial, DefaultCalls)
	}
	return s
}

func trialDefaults(l turncoat.TrialLimits, turns int) turncoat.TrialLimits {
	if l.Turns == 0 {
		l.Turns = turns
	}
	if l.Tokens == 0 {
		l.Tokens = DefaultTokens
	}
	if l.Time == 0 {
		l.Time = DefaultTime
	}
	return l
}

// checker collects what is wrong in a design.
type checker struct {
	file      string
	tree      *ast.File // nil: the design comes from no file
	undecoded []string  // paths in it whose value could not be read, and is not checked any more
	problems  []problem
}

// problem is a mistake, with its place if the design comes from a file.
type problem struct {
	line, column int
	err          error
}

// err returns all problems in the order of the file, or nil if there are none.
func (c *checker) err() error {
	slices.SortStableFunc(c.problems, func(a, b problem) int {
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.column, b.column))
	})
	var all []error
	for _, p := range c.problems {
		all = append(all, p.err)
	}
	return errors.Join(all...)
}

// ownName is a name that a user gives to an agent or a person.
var ownName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

var studyName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

func (c *checker) study(s turncoat.Study) {
	if !studyName.MatchString(s.Name) {
		c.report("$.name", "name %q must be 1 to 63 lower-case letters, digits and hyphens", s.Name)
	}
	c.list("$.scenarios", "scenario", s.Scenarios)
	c.list("$.models", "model", s.Models)
	for i, name := range s.Models {
		if provider, model, ok := strings.Cut(name, "/"); !ok || provider == "" || model == "" {
			c.report(fmt.Sprintf("$.models[%d]", i), "model %q must be provider/name, for example anthropic/claude-opus-5-5", name)
		} else if (turncoat.IsAgent(name) || turncoat.IsHuman(name)) && !ownName.MatchString(model) {
			c.report(fmt.Sprintf("$.models[%d]", i), "the name after %s/ must be letters, digits, dots, hyphens and underscores, and is %q", provider, model)
		}
	}
	for factor, levels := range s.Factors {
		c.list("$.factors."+factor, "level of "+factor, levels)
	}
	c.conditions(s)
	for i, name := range s.Interfaces {
		if !slices.Contains(turncoat.Interfaces(), name) {
			c.report(fmt.Sprintf("$.interfaces[%d]", i), "interface %q does not exist; there are: %s", name, interfaceNames())
		}
	}
	c.external(s)
	if repeated(s.Interfaces) {
		c.report("$.interfaces", "an interface is listed twice")
	}
	if repeated(s.Seeds) {
		c.report("$.seeds", "a world seed is listed twice")
	}
	if _, err := worldSets(s); err != nil {
		c.report("$.worlds", "%v", err)
	}
	if s.Trials < 1 {
		c.report("$.trials", "trials must be at least 1, and is %d", s.Trials)
	}
	c.annotators(s.Annotators)
	c.limits(s.Limits)
	for model, price := range s.Prices {
		if price.Input < 0 || price.Output < 0 || price.CacheRead < 0 || price.CacheWrite < 0 {
			c.report("$.prices", "the price of %s is negative", model)
		}
		if c.tree != nil && !slices.Contains(s.Models, model) && !slices.Contains(ReaderModels(s), model) {
			c.report("$.prices", "%s is neither among the models nor a judge's or annotator's model, so its price would be for nothing", model)
		}
	}
	c.parameters(s.Parameters)
}

// conditions checks combinations of levels: a factor that is also crossed would
// have its levels in two places.
func (c *checker) conditions(s turncoat.Study) {
	seen := map[string]bool{}
	for i, condition := range s.Conditions {
		at := fmt.Sprintf("$.conditions[%d]", i)
		if len(condition) == 0 {
			c.report(at, "a condition has no levels")
		}
		if seen[condition.String()] {
			c.report(at, "the condition %s is listed twice", condition)
		}
		seen[condition.String()] = true
		for _, factor := range condition.Factors() {
			if _, crossed := s.Factors[factor]; crossed {
				c.report(at+"."+factor, "%s stands under factors and under conditions: keep one of them", factor)
			}
		}
	}
}

// external checks that programs of the user's own have the interface external to
// themselves: no other agent works there, and they work nowhere else.
func (c *checker) external(s turncoat.Study) {
	faces := slices.Contains(s.Interfaces, turncoat.InterfaceExternal)
	agents := slices.ContainsFunc(s.Models, turncoat.IsAgent)
	if faces == agents && (!faces || len(s.Interfaces) == 1 && !slices.ContainsFunc(s.Models, func(m string) bool { return !turncoat.IsAgent(m) })) {
		return
	}
	c.report("$.interfaces", "the interface external and models of the form agent/NAME belong together, and nothing else stands beside them: a design for models is run with an agent by `turncoat agent DESIGN -- COMMAND`")
}

func (c *checker) limits(l turncoat.Limits) {
	if l.Concurrency < 0 {
		c.report("$.limits.concurrency", "concurrency must be at least 1, and is %d", l.Concurrency)
	}
	for name, n := range l.Providers {
		if n < 1 {
			c.report("$.limits.providers", "the limit of %s must be at least 1, and is %d", name, n)
		}
	}
	if l.MaxCost < 0 {
		c.report("$.limits.max_cost", "max_cost must not be negative, and is %g", l.MaxCost)
	}
	if l.CallTimeout < 0 {
		c.report("$.limits.call_timeout", "call_timeout must not be negative, and is %s", l.CallTimeout)
	}
	if l.Retries < 0 {
		c.report("$.limits.retries", "retries must not be negative, and is %d", l.Retries)
	}
	for key, value := range map[string]float64{
		"turns": float64(l.Trial.Turns), "tokens": float64(l.Trial.Tokens), "time": l.Trial.Time.Seconds(), "cost": l.Trial.Cost,
	} {
		if value < 0 {
			c.report("$.limits.trial."+key, "the limit of a trial must not be negative, and is %g", value)
		}
	}
}

// interfaceNames lists the interfaces for a message.
func interfaceNames() string {
	var names []string
	for _, i := range turncoat.Interfaces() {
		names = append(names, string(i))
	}
	return strings.Join(names, ", ")
}

func (c *checker) parameters(p turncoat.Parameters) {
	if p.MaxTokens < 0 {
		c.report("$.parameters.max_tokens", "max_tokens must not be negative, and is %d", p.MaxTokens)
	}
	if p.Temperature != nil && (*p.Temperature < 0 || *p.Temperature > 2) {
		c.report("$.parameters.temperature", "temperature must lie between 0 and 2, and is %g", *p.Temperature)
	}
	if p.TopP != nil && (*p.TopP <= 0 || *p.TopP > 1) {
		c.report("$.parameters.top_p", "top_p must lie above 0 and not above 1, and is %g", *p.TopP)
	}
}

// list checks a list of names that must not be empty or repeat itself: a name
// that is listed twice would count its trials twice.
func (c *checker) list(path, what string, names []string) {
	if len(names) == 0 {
		c.report(path, "at least one %s is needed", what)
	}
	if slices.Contains(names, "") {
		c.report(path, "a %s has no name", what)
	}
	if repeated(names) {
		c.report(path, "a %s is listed twice", what)
	}
}

func repeated[T comparable](values []T) bool {
	seen := map[T]bool{}
	for _, v := range values {
		if seen[v] {
			return true
		}
		seen[v] = true
	}
	return false
}

// report adds a problem at the place that path names in the file, or at the
// file's beginning if that key is not there. A design that comes from no file
// has no places.
func (c *checker) report(path, format string, args ...any) {
	if c.tree == nil {
		c.problems = append(c.problems, problem{err: fmt.Errorf(format, args...)})
		return
	}
	if c.isUndecoded(path) {
		return // said already
	}
	line, column := 1, 1
	if p, err := yaml.PathString(path); err == nil {
		if node, err := p.FilterFile(c.tree); err == nil && node != nil {
			at := node.GetToken().Position
			line, column = at.Line, at.Column
		}
	}
	c.reportAt(line, column, fmt.Sprintf(format, args...))
}

// reportAt adds a problem at a place in the file, in the form that editors and
// terminals can jump to.
func (c *checker) reportAt(line, column int, what string) {
	c.problems = append(c.problems, problem{line, column, fmt.Errorf("%s:%d:%d: %s", c.file, line, column, what)})
}

// Schema returns the JSON Schema of a design file, for editors that complete
// and check YAML as it is typed.
func Schema() ([]byte, error) {
	schema, err := jsonschema.For[turncoat.Study](&jsonschema.ForOptions{
		TypeSchemas: map[reflect.Type]*jsonschema.Schema{
			reflect.TypeFor[time.Duration](): {Type: "string", Pattern: `^([0-9.]+(ns|us|µs|ms|s|m|h))+$`},
		},
	})
	if err != nil {
		return nil, fmt.Errorf("schema of a design file: %w", err)
	}
	schema.Schema = "https://json-schema.org/draft/2020-12/schema"
	schema.Title = "A Turncoat design file"
	return json.MarshalIndent(schema, "", "  ")
}
