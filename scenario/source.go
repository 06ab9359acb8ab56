package scenario

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml/parser"
)

// Source is a YAML file that is written for scenarios and is no part of a
// scenario's folder. It is read as strictly as those are, and says where a
// mistake in it stands.
type Source struct {
	file    yamlFile
	leftOut []string // paths of the keys whose values could not be read
}

// ReadSource decodes a YAML file into v, as far as it can be, and reports every
// key that v's type has no field for, and every value of a wrong type. Such a
// value is left out, and the rest is read ([Source.LeftOut]).
func ReadSource(name string, text []byte, v any) (Source, []Problem) {
	var problems []Problem
	report := func(p Problem) { problems = append(problems, p) }
	tree, err := parser.ParseBytes(text, 0)
	if err != nil || len(tree.Docs) == 0 || tree.Docs[0].Body == nil {
		report(yamlProblem(name, err))
		return Source{yamlFile{name: name}, []string{"$"}}, problems
	}
	s := Source{file: yamlFile{name: name, root: tree.Docs[0].Body}}
	s.file.unknownKeys(s.file.root, reflect.TypeOf(v).Elem(), report)
	s.decode(v, report)
	return s, problems
}

// Problem makes a problem at a path of keys and indices, or at the innermost part
// of it that exists.
func (s Source) Problem(message string, path ...any) Problem {
	return s.file.problem(message, path...)
}

// LeftOut reports whether what stands at a path could not be read, which is
// reported already: that it is missing, or does not fit, is no mistake more.
func (s Source) LeftOut(path ...any) bool {
	var at strings.Builder
	at.WriteString("$")
	for _, step := range path {
		if i, ok := step.(int); ok {
			fmt.Fprintf(&at, "[%d]", i)
		} else {
			fmt.Fprintf(&at, ".%v", step)
		}
	}
	for _, broken := range s.leftOut {
		if rest, in := strings.CutPrefix(at.String(), broken); in && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			return true
		}
	}
	return false
}
