package study

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"turncoat"
	"turncoat/internal/yamltree"
)

// decode reads the design from the tree. The YAML library stops at the first mistake;
// so a key with one is reported, left out, and the rest is read again.
func (c *checker) decode() turncoat.Study {
	if len(c.tree.Docs) == 0 || c.tree.Docs[0].Body == nil {
		return c.giveUp(fmt.Errorf("%s: the design file is empty; `turncoat study show quickstart` prints one to start from", c.file))
	}
	body := c.tree.Docs[0].Body
	c.misread(body)
	for {
		var s turncoat.Study
		err := yaml.NodeToValue(body, &s, yaml.Strict())
		if err == nil {
			return s
		}
		if at := c.yamlProblem(err); at == nil || !c.leaveOut(body, at) {
			return c.giveUp(nil)
		}
	}
}

// giveUp returns an empty design, in which nothing is checked any more.
func (c *checker) giveUp(why error) turncoat.Study {
	if why != nil {
		c.problems = append(c.problems, problem{err: why})
	}
	c.undecoded = []string{"$"}
	return turncoat.Study{}
}

// Where a design has whole numbers and times.
var (
	wholeAt = regexp.MustCompile(`^\$\.(trials|seeds\[\d+\]|limits\.(concurrency|retries|providers\..+|trial\.(turns|tokens))|parameters\.max_tokens)$`)
	timeAt  = regexp.MustCompile(`^\$\.limits\.(call_timeout|trial\.time)$`)
)

// misread reports values that the YAML library would take for something else, refuse
// without saying where, or trip over: it cuts fractions off where whole numbers belong,
// and some tags make it panic.
func (c *checker) misread(body ast.Node) {
	for _, n := range valuesOf(body) {
		what := ""
		switch n := n.(type) {
		case *ast.TagNode:
			what = "a design has no tags"
		case *ast.FloatNode:
			if n.Value != math.Trunc(n.Value) && wholeAt.MatchString(n.GetPath()) {
				what = mustBeWhole
			}
		case *ast.StringNode:
			if _, err := time.ParseDuration(n.Value); err != nil && timeAt.MatchString(n.GetPath()) {
				what = mustBeTime
			}
		}
		if what != "" {
			at := n.GetToken()
			c.reportAt(at.Position.Line, at.Position.Column, what)
			c.leaveOut(body, at)
		}
	}
}

// valuesOf returns the nodes of a tree that are values: those of keys, and the
// entries of lists.
func valuesOf(body ast.Node) []ast.Node {
	var values []ast.Node
	yamltree.Walk(body, func(n ast.Node) {
		switch n := n.(type) {
		case *ast.MappingValueNode:
			values = append(values, n.Value)
		case *ast.SequenceNode:
			values = append(values, n.Values...)
		}
	})
	return values
}

// leaveOut takes the innermost key that a token belongs to out of the tree, and
// reports whether there was one that could be.
func (c *checker) leaveOut(body ast.Node, at *token.Token) bool {
	path, ok := yamltree.LeaveOut(body, at)
	if path != "" {
		c.undecoded = append(c.undecoded, path)
	}
	return ok
}

// isUndecoded reports whether a path leads to what could not be read, or into it.
func (c *checker) isUndecoded(path string) bool {
	return slices.ContainsFunc(c.undecoded, func(broken string) bool {
		rest, ok := strings.CutPrefix(path, broken)
		return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
	})
}

// yamlProblem reports an error of the YAML library, and returns the token that it
// is about, or nil if that is not known.
func (c *checker) yamlProblem(err error) *token.Token {
	e, ok := errors.AsType[yaml.Error](err)
	if !ok || e.GetToken() == nil {
		c.problems = append(c.problems, problem{err: fmt.Errorf("%s: %w", c.file, err)})
		return nil
	}
	at := e.GetToken().Position
	c.reportAt(at.Line, at.Column, plain(e.GetMessage()))
	return e.GetToken()
}

// How the YAML library says that a value has the wrong type, and that it has the
// wrong form.
var (
	wrongType = regexp.MustCompile(`^cannot unmarshal .+ into Go (?:struct field \S+|value) of type (\S+)`)
	wrongForm = regexp.MustCompile(`^\S+ was used where (\S+) is expected`)
)

const (
	mustBeList  = "this must be a list, such as [a, b]"
	mustBeKeys  = "this must be keys with values below it"
	mustBeWhole = "this must be a whole number"
	mustBeTime  = "this must be a time with its unit, such as 90s or 10m"
)

// plain says in a user's words what the YAML library says in Go's.
func plain(message string) string {
	if m := wrongForm.FindStringSubmatch(message); m != nil {
		return map[string]string{"sequence": mustBeList, "mapping": mustBeKeys}[m[1]]
	}
	m := wrongType.FindStringSubmatch(message)
	if m == nil {
		return message
	}
	switch {
	case m[1] == "time.Duration":
		return mustBeTime
	case m[1] == "float64":
		return "this must be a number"
	case strings.HasPrefix(m[1], "int"):
		return mustBeWhole
	case strings.HasPrefix(m[1], "uint"):
		return "this must be a whole number that is not negative"
	case strings.HasPrefix(m[1], "[]"):
		return mustBeList
	case m[1] == "string":
		return "this must be text; put it in quotes"
	}
	return mustBeKeys
}
