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
// What a call in a batch costs is the vendor's word for all of its models, and
// not set for those of a vendor that takes none.
func PriceOf(name string) (turncoat.Price, bool) {
	prefix, bare, _ := strings.Cut(name, "/")
	switch prefix {
	case turncoat.StandInProvider, "ollama", "vllm":
		return turncoat.Price{}, true
	case "openai-chat":
		name = "openai/" + bare
	}
	price, ok := prices()[name]
	if !ok {
		price, ok = prices()[dated.ReplaceAllString(name, "")]
	}
	if v, takes := vendorOf(prefix); ok && takes {
		price.Batch = v.batch
	}
	return price, ok
}

// dated is how vendors mark a version of a model.
var dated = regexp.MustCompile(`-(?:\d{8}|\d{4}-\d{2}-\d{2}|latest)$`)
