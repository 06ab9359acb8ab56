package scenario

import (
	"errors"
	"math"
	"reflect"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"turncoat/internal/yamltree"
)

// decode reads the file into v. The YAML library stops at the first mistake; so a key
// with one is reported, left out, and the rest is read again.
func (s *Source) decode(v any, report func(Problem)) {
	t := reflect.TypeOf(v).Elem()
	for _, n := range fractions(s.file.root, t) {
		at := n.GetToken()
		report(Problem{s.file.name, at.Position.Line, at.Position.Column, mustBeWhole})
		s.leaveOut(at)
	}
	for {
		fresh := reflect.New(t)
		err := yaml.NodeToValue(s.file.root, fresh.Interface())
		if err == nil {
			reflect.ValueOf(v).Elem().Set(fresh.Elem())
			return
		}
		p := yamlProblem(s.file.name, err)
		if must := mustBe(err); must != "" {
			p.Message = must
		}
		report(p)
		e, ok := errors.AsType[yaml.Error](err)
		if !ok || e.GetToken() == nil || !s.leaveOut(e.GetToken()) {
			s.leftOut = []string{"$"}
			return
		}
	}
}

const (
	mustBeList  = "this must be a list, such as [a, b]"
	mustBeKeys  = "this must be keys with values below it"
	mustBeText  = "this must be text; put it in quotes"
	mustBeWhole = "this must be a whole number that is not negative"
)

// mustBe says what a value must be that the YAML library could not read, in a user's
// words, or "" if that is not what is wrong.
func mustBe(err error) string {
	if e, ok := errors.AsType[*yaml.UnexpectedNodeTypeError](err); ok {
		return map[ast.NodeType]string{ast.SequenceType: mustBeList, ast.MappingType: mustBeKeys, ast.StringType: mustBeText}[e.Expected]
	}
	var t reflect.Type
	if e, ok := errors.AsType[*yaml.TypeError](err); ok {
		t = e.DstType
	} else if e, ok := errors.AsType[*yaml.OverflowError](err); ok {
		t = e.DstType
	}
	if t == nil {
		return ""
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case isUint(t):
		return mustBeWhole
	case t.Kind() == reflect.Bool:
		return "this must be true or false"
	case t.Kind() == reflect.String:
		return mustBeText
	case t.Kind() == reflect.Slice:
		return mustBeList
	case t.Kind() == reflect.Map || t.Kind() == reflect.Struct:
		return mustBeKeys
	}
	return ""
}

func isUint(t reflect.Type) bool { return t.Kind() >= reflect.Uint && t.Kind() <= reflect.Uint64 }

// fractions returns the numbers below a node whose fraction the YAML library would cut
// off, for the type takes whole ones.
func fractions(node ast.Node, t reflect.Type) []ast.Node {
	node = resolve(node)
	var found []ast.Node
	switch {
	case t.Kind() == reflect.Pointer:
		return fractions(node, t.Elem())
	case t.Kind() == reflect.Slice:
		if sequence, ok := node.(*ast.SequenceNode); ok {
			for _, value := range sequence.Values {
				found = append(found, fractions(value, t.Elem())...)
			}
		}
	case t.Kind() == reflect.Struct:
		for field := range t.Fields() {
			if value := child(node, field.Tag.Get("yaml")); value != nil {
				found = append(found, fractions(value, field.Type)...)
			}
		}
	case isUint(t):
		if number, ok := node.(*ast.FloatNode); ok && number.Value != math.Trunc(number.Value) {
			found = append(found, number)
		}
	}
	return found
}

// leaveOut takes the innermost key that a token belongs to out of the tree, and
// reports whether there was one that could be.
func (s *Source) leaveOut(at *token.Token) bool {
	path, ok := yamltree.LeaveOut(s.file.root, at)
	if ok {
		s.leftOut = append(s.leftOut, path)
	}
	return ok
}
