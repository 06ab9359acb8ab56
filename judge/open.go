package judge

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"turncoat"
)

// What specs and names are made of.
const (
	rulesSpec     = "rules"
	readerPrefix  = "reader:"
	contactSuffix = "+contact/"
)

// specForms says what a spec can be.
const specForms = `a judge is "rules", "provider/model" (a reader and the contact rule), "reader:provider/model", or a panel of these, e.g. anthropic/claude-sonnet-4-6 or panel:majority(JUDGE,JUDGE,JUDGE)`

// Open returns the judge that a spec names:
//
//	rules                   from effects alone; see [Rules]
//	provider/model          a reader and the contact rule, as in the paper; see [Combination]
//	reader:provider/model   a reader alone; see [Reader]. Where the model's name ends in a
//	                        number, as in vllm/org/2, the judge's version follows: reader:vllm/org/2/2
//	panel:RULE(JUDGE,…)     several of these, by majority, unanimous or weighted; see [Panel]
//
// A model may be followed by settings, as in
// "openai/o3?temperature=default&effort=high": temperature (a number, or
// "default" to send none, which some models demand), top_p, max_tokens, effort,
// attempts, order (reversed) and reading (2 and up, to ask the same anew). The name of a judge of this version is a spec of it, too.
//
// Models finds a model by its name; it is not called for rules.
func Open(spec string, models func(name string) (turncoat.Model, error)) (turncoat.Judge, error) {
	return opener{models: models}.judge(spec)
}

// opener opens judges.
type opener struct {
	models     func(name string) (turncoat.Model, error)
	anyVersion bool             // take names of other versions than this program's, too
	parsed     func(parsedSpec) // called for every judge with a model; may be nil
}

func (o opener) judge(spec string) (turncoat.Judge, error) {
	if spec == "" {
		return nil, errors.New("no judge is named: " + specForms)
	}
	if source, model, foreign := Foreign(spec); foreign {
		return nil, fmt.Errorf("judge %q: these verdicts were given by %s's own classifier with the model %q, which can be read and reported and not be asked again: name another judge, such as rules", spec, source, model)
	}
	if IsHuman(spec) {
		return nil, fmt.Errorf("judge %q: these verdicts are a person's, who gives them with the command label and cannot be asked from here; report --judge %s shows them", spec, spec)
	}
	if kind, version, _ := strings.Cut(spec, "/"); kind == rulesSpec {
		old := o.anyVersion && oldRules.MatchString(spec)
		if spec != rulesSpec && spec != rulesName && !old {
			return nil, fmt.Errorf("judge %q: this program has %s and no version %q of it", spec, rulesName, version)
		}
		return NewRules(), nil
	}
	if _, ok := SchemeOf(spec); ok {
		return nil, fmt.Errorf("%q is an annotator and no judge: name it under annotators or with --annotate; %s", spec, specForms)
	}
	if rest, ok := strings.CutPrefix(spec, panelPrefix); ok {
		panel, err := o.panel(rest)
		if err != nil {
			return nil, fmt.Errorf("judge %q: %w", spec, err)
		}
		return panel, nil
	}
	p, err := o.parse(spec)
	if err != nil {
		return nil, fmt.Errorf("judge %q: %w", spec, err)
	}
	if o.parsed != nil {
		o.parsed(p)
	}
	model, err := o.models(p.model)
	if err != nil {
		return nil, fmt.Errorf("judge %q: %w", spec, err)
	}
	if p.alone {
		return NewReader(model, p.settings), nil
	}
	return NewCombination(model, p.settings), nil
}

// parsedSpec is what the spec of a judge with a model says.
type parsedSpec struct {
	model    string
	settings Settings
	alone    bool   // without the contact rule
	version  string // of another judge than this program's; "": this program's
}

// named is how the name of a reader ends, and its version. A model whose own name
// ends so ("vllm/org/2") is taken for a version, unless one stands behind it.
var named = regexp.MustCompile(`^(.+/.+)/([1-9][0-9]*)$`)

// versionForm is how versions of judges are written.
var versionForm = regexp.MustCompile(`^[1-9][0-9]*$`)

func (o opener) parse(spec string) (parsedSpec, error) {
	rest, alone := strings.CutPrefix(spec, readerPrefix)
	version, current := "", combinationVersion
	if alone {
		current = readerVersion
		if parts := named.FindStringSubmatch(rest); parts != nil {
			rest, version = parts[1], parts[2]
		}
	} else {
		var versioned bool
		if rest, version, versioned = strings.Cut(rest, contactSuffix); versioned && !versionForm.MatchString(version) {
			return parsedSpec{}, fmt.Errorf("%q is no version: the name of a combination ends in %s and a whole number from 1, as in provider/model%s%s; settings stand before that", version, contactSuffix, contactSuffix, combinationVersion)
		}
	}
	if version != "" && version != current && !o.anyVersion {
		hint := ""
		if alone {
			hint = fmt.Sprintf("; a model whose own name ends in /%s is named with this program's version behind it: %s/%s", version, spec, current)
		}
		return parsedSpec{}, fmt.Errorf("this program has version %s of this judge and no version %q; verdicts of other versions can be reported%s", current, version, hint)
	}
	name, query, _ := strings.Cut(rest, "?")
	if provider, model, ok := strings.Cut(name, "/"); !ok || provider == "" || model == "" {
		return parsedSpec{}, fmt.Errorf("%q is no model: %s", name, specForms)
	}
	settings, err := parseSettings(query)
	if version == current {
		version = ""
	}
	return parsedSpec{name, settings, alone, version}, err
}
