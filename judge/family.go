package judge

import (
	"regexp"
	"slices"
	"strings"

	"turncoat"
)

// families are who makes models, by how the words in these models' names begin.
var families = map[string][]string{
	"anthropic": {"claude"},
	"openai":    {"gpt", "chatgpt", "codex", "davinci"},
	"google":    {"gemini", "gemma", "palm"},
	"meta":      {"llama", "codellama"},
	"xai":       {"grok"},
	"deepseek":  {"deepseek"},
	"alibaba":   {"qwen", "qwq", "qvq"},
	"mistral":   {"mistral", "mixtral", "ministral", "codestral", "magistral", "devstral", "pixtral"},
	"moonshot":  {"kimi", "moonshot"},
	"cohere":    {"command", "aya"},
	"microsoft": {"phi"},
	"zhipu":     {"glm", "chatglm"},
	"nvidia":    {"nemotron"},
	"minimax":   {"minimax"},
}

// makers are how services write who makes a model, where that differs from the
// family.
var makers = map[string]string{
	"meta-llama": "meta", "x-ai": "xai", "mistralai": "mistral", "moonshotai": "moonshot", "z-ai": "zhipu", "qwen": "alibaba",
}

// series is how OpenAI names its reasoning models: o1, o3-mini.
var series = regexp.MustCompile(`^o[1-9]$`)

// familiesOf returns who made a model, as its name tells: by the words in it, since
// a service such as openrouter offers the models of many, or else by the maker or the
// vendor that stands before it. A model that was distilled from another has two. The
// names of stand-ins, which are no models, and names that tell nothing have none.
func familiesOf(model string) []string {
	if turncoat.IsStandIn(model) {
		return nil
	}
	segments := strings.Split(strings.ToLower(model), "/")
	var found []string
	for _, word := range strings.FieldsFunc(segments[len(segments)-1], func(r rune) bool { return strings.ContainsRune("-_:.@ ", r) }) {
		for family, beginnings := range families {
			if slices.ContainsFunc(beginnings, func(b string) bool { return strings.HasPrefix(word, b) }) {
				found = addNew(found, family)
			}
		}
		if series.MatchString(word) {
			found = addNew(found, "openai")
		}
	}
	if len(found) > 0 {
		return found
	}
	for _, segment := range segments[:len(segments)-1] {
		if family, ok := makers[segment]; ok {
			found = addNew(found, family)
		} else if _, ok := families[segment]; ok {
			found = addNew(found, segment)
		}
	}
	return found
}

// Related is a judge's model and a judged one that are of one family.
type Related struct {
	Judge string // the model that judges
	Model string // the model that is judged
}

// RelatedTo returns the models among those given that are of one family with a
// model that a judge asks, by its spec or name: a model may be kinder to its own
// kind. Families are told from names alone, so one that is not found may still be
// one. A judge of elsewhere is asked about by the name of its model.
func RelatedTo(judge string, models []string) []Related {
	asked := ModelsOf(judge)
	if _, model, ok := Foreign(judge); ok {
		asked = []string{model}
	}
	var related []Related
	for _, a := range asked {
		for _, m := range models {
			alike := slices.ContainsFunc(familiesOf(a), func(f string) bool { return slices.Contains(familiesOf(m), f) })
			if alike || a == m && !turncoat.IsStandIn(a) {
				related = addNew(related, Related{a, m})
			}
		}
	}
	return related
}

// RelatedNote says in a sentence which models a judge is of one family with, or ""
// if it is so with none.
func RelatedNote(judge string, models []string) string {
	related := RelatedTo(judge, models)
	if len(related) == 0 {
		return ""
	}
	var order []string
	judged := map[string][]string{}
	for _, r := range related {
		order = addNew(order, r.Judge)
		judged[r.Judge] = append(judged[r.Judge], r.Model)
	}
	var parts []string
	for _, a := range order {
		parts = append(parts, a+" judges "+strings.Join(judged[a], ", "))
	}
	return "Of one family, by their names: " + strings.Join(parts, "; ") + ". A model may be kinder to its own kind, or harder: judge these by a model of another family, too, or by people."
}
