package scenario

// Source is a YAML file that is written for scenarios and is no part of a
// scenario's folder. It is read as strictly as those are, and says where a
// mistake in it stands.
type Source struct {
	file yamlFile
}

// ReadSource decodes a YAML file into v, as far as it can be, and reports every
// key that v's type has no field for, and the first value of a wrong type.
func ReadSource(name string, text []byte, v any) (Source, []Problem) {
	var problems []Problem
	file := readYAML(name, text, v, func(p Problem) { problems = append(problems, p) })
	return Source{file}, problems
}

// Problem makes a problem at a path of keys and indices, or at the innermost part
// of it that exists.
func (s Source) Problem(message string, path ...any) Problem {
	return s.file.problem(message, path...)
}
