package provider

import (
	_ "embed"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"

	"turncoat"
)

//go:embed prices.yaml
var priceTable []byte

var prices = sync.OnceValue(func() map[string]turncoat.Price {
	var table map[string]turncoat.Price
	if err := yaml.UnmarshalWithOptions(priceTable, &table, yaml.Strict()); err != nil {
		panic(fmt.Sprintf("provider: prices.yaml: %v", err))
	}
	return table
})

// PriceOf returns what a model's tokens cost by the vendors' list prices, and
// whether that is known. Stand-ins and models on this machine cost nothing.
// The prices of a model of openai/ are those of the same one of openai-chat/.
func PriceOf(name string) (turncoat.Price, bool) {
	prefix, bare, _ := strings.Cut(name, "/")
	switch prefix {
	case turncoat.StandInProvider, "ollama", "vllm":
		return turncoat.Price{}, true
	case "openai-chat":
		name = "openai/" + bare
	}
	if price, ok := prices()[name]; ok {
		return price, true
	}
	price, ok := prices()[dated.ReplaceAllString(name, "")]
	return price, ok
}

// dated is how vendors mark a version of a model.
var dated = regexp.MustCompile(`-(?:\d{8}|\d{4}-\d{2}-\d{2}|latest)$`)
