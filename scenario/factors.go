package scenario

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"turncoat/scenario/library"
)

// standard are the factors that a scenario can take from the library: a file
// each, in the form of a factor of scenario.yaml.
var standard, _ = fs.Sub(library.Files, "factors") // a literal path is valid

// standardNames returns the names of the standard factors.
func standardNames() []string {
	files, _ := fs.Glob(standard, "*.yaml") // the pattern is well-formed
	for i, file := range files {
		files[i] = strings.TrimSuffix(file, ".yaml")
	}
	return files
}

// place is where a text stands: a YAML file, and a path in it. That of a standard
// factor's text, which is not in the folder, is where scenario.yaml uses the factor.
type place struct {
	file yamlFile
	path []any
}

func (p place) isStandard() bool { return len(p.path) > 0 && p.path[0] == "uses" }

// factorReader puts a scenario's factors together: the standard ones that it
// uses, in that order, then its own. What the scenario says of a standard
// factor is added to it, and beats it.
type factorReader struct {
	*reader
	files map[string]yamlFile // of the standard factors that are used
}

func (r *reader) factors() {
	f := &factorReader{reader: r, files: map[string]yamlFile{}}
	own := r.s.spec.Factors
	r.s.spec.Factors = map[string]factorSpec{}
	r.fieldPlaces = map[string]place{}
	var order []string
	for i, name := range r.s.spec.Uses {
		if slices.Contains(order, name) {
			r.wrong(fmt.Sprintf("the standard factor %s is used twice", name), "uses", i)
			continue
		}
		if !slices.Contains(standardNames(), name) {
			r.wrong(fmt.Sprintf("there is no standard factor %q; there are: %s", name, strings.Join(standardNames(), ", ")), "uses", i)
			continue
		}
		order = append(order, name)
		f.standard(name, place{r.file, []any{"uses", i}})
	}
	for _, name := range r.file.keys("factors") {
		if !slices.Contains(order, name) {
			order = append(order, name)
		}
		f.own(name, own[name])
	}
	for _, name := range order {
		f.inherit(name)
		r.s.factors = append(r.s.factors, f.factor(name))
	}
}

// standard reads a standard factor that is used in a place.
func (r *factorReader) standard(name string, used place) {
	file := name + ".yaml"
	text, err := fs.ReadFile(standard, file)
	if err != nil {
		r.report(Problem{File: "factors/" + file, Message: reason(err)})
		return
	}
	r.used = append(r.used, text)
	var spec factorSpec
	parsed := readYAML("factors/"+file, text, &spec, r.report)
	r.files[name] = parsed
	r.s.spec.Factors[name] = spec
	for _, level := range parsed.keys("levels") {
		r.s.levels[name] = append(r.s.levels[name], level)
		for field, tellings := range spec.Levels[level].Fields {
			for i := range tellings {
				r.fieldPlaces[fieldTemplate(name, level, field, i)] = used
			}
		}
	}
}

// placeFields notes where the tellings of the fields of a level stand in
// scenario.yaml.
func (r *factorReader) placeFields(factor, level string, spec levelSpec) {
	for field, tellings := range spec.Fields {
		at := []any{"factors", factor, "levels", level, "fields", field}
		node, _ := r.file.find(at)
		for i := range tellings {
			telling := at
			if isSequence(node) {
				telling = append(slices.Clone(at), i)
			}
			r.fieldPlaces[fieldTemplate(factor, level, field, i)] = place{r.file, telling}
		}
		if len(tellings) == 0 {
			r.wrong(fmt.Sprintf("the field %s needs a text, or a list of its tellings, which are texts", field), at...)
			spec.Fields[field] = fieldSpec{""} // so that the rest can be read
		}
	}
}

// own adds what scenario.yaml says of a factor.
func (r *factorReader) own(name string, spec factorSpec) {
	_, isStandard := r.s.spec.Factors[name]
	whole := r.s.spec.Factors[name]
	whole.Levels = maps.Clone(whole.Levels)
	if whole.Levels == nil {
		whole.Levels = map[string]levelSpec{}
	}
	if spec.Default != "" || !isStandard {
		whole.Default = spec.Default
	}
	for _, level := range r.file.keys("factors", name, "levels") {
		if _, known := whole.Levels[level]; !known {
			r.s.levels[name] = append(r.s.levels[name], level)
		}
		r.placeFields(name, level, spec.Levels[level])
		whole.Levels[level] = over(whole.Levels[level], spec.Levels[level])
	}
	r.s.spec.Factors[name] = whole
}

// over returns a level with what another says in its place.
func over(base, own levelSpec) levelSpec {
	fields := maps.Clone(base.Fields)
	if fields == nil {
		fields = map[string]fieldSpec{}
	}
	maps.Copy(fields, own.Fields)
	base.Fields = fields
	if own.Summary != "" {
		base.Summary = own.Summary
	}
	if own.Like != "" {
		base.Like = own.Like
	}
	base.Conflict = base.Conflict || own.Conflict
	base.Threat = base.Threat || own.Threat
	return base
}

// inherit gives the levels that are like another what the other has. Whether a
// level is a conflict or a threat is its own.
func (r *factorReader) inherit(name string) {
	levels := r.s.spec.Factors[name].Levels
	for _, level := range r.s.levels[name] {
		spec := levels[level]
		if spec.Like == "" {
			continue
		}
		base, ok := levels[spec.Like]
		if !ok || base.Like != "" {
			r.wrongIn(name, fmt.Sprintf("level %s is like %q, which is no level with fields of its own", level, spec.Like), "levels", level, "like")
			continue
		}
		fields := maps.Clone(spec.Fields)
		if fields == nil {
			fields = map[string]fieldSpec{}
		}
		for field, tellings := range base.Fields {
			if _, has := fields[field]; has {
				continue
			}
			fields[field] = tellings
			for i := range tellings {
				r.fieldPlaces[fieldTemplate(name, level, field, i)] = r.fieldPlaces[fieldTemplate(name, spec.Like, field, i)]
			}
		}
		spec.Fields = fields
		levels[level] = spec
	}
}

// factor checks a factor that is whole, and returns it as users see it.
func (r *factorReader) factor(name string) Factor {
	spec := r.s.spec.Factors[name]
	f := Factor{Name: name, Default: spec.Default}
	for _, level := range r.s.levels[name] {
		l := spec.Levels[level]
		f.Levels = append(f.Levels, Level{Name: level, Summary: l.Summary, Conflict: l.Conflict, Threat: l.Threat})
		if l.Summary == "" {
			r.wrongIn(name, "the level has no summary", "levels", level)
		}
	}
	if _, ok := spec.Levels[f.Default]; !ok {
		r.wrongIn(name, fmt.Sprintf("the default level %q of factor %s does not exist; there are: %s", f.Default, name, levelNames(f)), "default")
	}
	return f
}

// wrongIn reports a mistake in a factor, in scenario.yaml where it is spoken of
// there, and else in its own file.
func (r *factorReader) wrongIn(name, message string, at ...any) {
	if slices.Contains(r.file.keys("factors"), name) {
		r.wrong(message, append([]any{"factors", name}, at...)...)
		return
	}
	r.report(r.files[name].problem(message, at...))
}
