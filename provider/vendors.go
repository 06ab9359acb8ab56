package provider

import (
	"net/http"
	"net/url"
	"strings"

	"turncoat"
	"turncoat/provider/anthropic"
	"turncoat/provider/openai"
	"turncoat/provider/standin"
)

// vendor is a provider of models behind an API.
type vendor struct {
	name    string
	keyVar  string  // environment variable that holds the key
	baseVar string  // environment variable that moves the API elsewhere
	baseURL string  // where it is otherwise
	batch   float64 // what a call in a batch costs, as a share of any other call; 0: there are no batches
	dial    func(endpoint) turncoat.Model
}

// endpoint is a model of a vendor's, at an address.
type endpoint struct {
	name    string // provider/name
	model   string // as the service knows it
	key     string
	baseURL string
	client  *http.Client
}

// halfPrice is what Anthropic and OpenAI take for a call in a batch, of all
// tokens, by the pages on prices that prices.yaml was read from.
const halfPrice = 0.5

// vendors are all that there are, in the order in which help lists them. Base
// URLs are those of the vendors' references of their APIs. Batches are those of the
// two vendors whose API it is; others have some that are alike, with limits and
// prices of their own.
var vendors = []vendor{
	{"anthropic", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", anthropic.DefaultBaseURL, halfPrice, dialAnthropic},
	{"openai", "OPENAI_API_KEY", "OPENAI_BASE_URL", openai.DefaultBaseURL, halfPrice, dialResponses},
	{"openai-chat", "OPENAI_API_KEY", "OPENAI_BASE_URL", openai.DefaultBaseURL, halfPrice, dialChat},
	{"openrouter", "OPENROUTER_API_KEY", "OPENROUTER_BASE_URL", "https://openrouter.ai/api/v1", 0, dialChat},
	{"together", "TOGETHER_API_KEY", "TOGETHER_BASE_URL", "https://api.together.xyz/v1", 0, dialChat},
	{"deepseek", "DEEPSEEK_API_KEY", "DEEPSEEK_BASE_URL", "https://api.deepseek.com/v1", 0, dialPlainJSON},
	{"xai", "XAI_API_KEY", "XAI_BASE_URL", "https://api.x.ai/v1", 0, dialChat},
	{"ollama", "OLLAMA_API_KEY", "OLLAMA_BASE_URL", "http://127.0.0.1:11434/v1", 0, dialChat},
	{"vllm", "VLLM_API_KEY", "VLLM_BASE_URL", "http://127.0.0.1:8000/v1", 0, dialChat},
}

func dialAnthropic(e endpoint) turncoat.Model {
	return anthropic.New(anthropic.Config{Name: e.name, Model: e.model, Key: e.key, BaseURL: e.baseURL, Client: e.client})
}

func dialResponses(e endpoint) turncoat.Model { return openai.NewResponses(e.openAI()) }

func dialChat(e endpoint) turncoat.Model { return openai.NewChat(e.openAI()) }

func dialPlainJSON(e endpoint) turncoat.Model {
	config := e.openAI()
	config.PlainJSON = true
	return openai.NewChat(config)
}

func (e endpoint) openAI() openai.Config {
	return openai.Config{Name: e.name, Model: e.model, Key: e.key, BaseURL: e.baseURL, Client: e.client}
}

func vendorOf(name string) (vendor, bool) {
	for _, v := range vendors {
		if v.name == name {
			return v, true
		}
	}
	return vendor{}, false
}

// batchVendors lists the vendors that take batches.
func batchVendors() string {
	var names []string
	for _, v := range vendors {
		if v.batch > 0 {
			names = append(names, v.name)
		}
	}
	return strings.Join(names, ", ")
}

// vendorNames lists what may come before the slash of a model's name.
func vendorNames() string {
	names := make([]string, 0, len(vendors)+1)
	for _, v := range vendors {
		names = append(names, v.name)
	}
	return strings.Join(append(names, turncoat.StandInProvider), ", ")
}

// isLoopback reports whether a URL leads to this machine.
func isLoopback(baseURL string) bool {
	u, err := url.Parse(baseURL)
	return err == nil && standin.IsLoopback(u.Hostname())
}
