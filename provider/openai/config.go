package openai

import (
	"encoding/base64"
	"encoding/json"
	"net/http"

	"github.com/openai/openai-go/v3/option"

	"turncoat"
)

// DefaultBaseURL is where OpenAI serves its APIs.
const DefaultBaseURL = "https://api.openai.com/v1"

// Config says which model is asked, and where.
type Config struct {
	Name    string       // of the model in Turncoat, provider/name
	Model   string       // as the service knows it
	Key     string       // sent as a bearer token
	BaseURL string       // with /v1, or what the service has in its place
	Client  *http.Client // follows no redirects

	// PlainJSON is for services that can be asked for JSON but not for a
	// schema of it. Used by Chat Completions alone.
	PlainJSON bool
}

// options returns how the SDK is to send requests. Its services are made
// without [openai.NewClient], which would read settings from the environment:
// what is configured is in c, and nowhere else.
func (c Config) options() []option.RequestOption {
	return []option.RequestOption{
		option.WithBaseURL(c.BaseURL),
		option.WithAPIKey(c.Key),
		option.WithHTTPClient(c.Client),
		option.WithMaxRetries(0),
	}
}

// requestID is the header in which the services give the ID of a request.
const requestID = "x-request-id"

// answerSchema is the name that the APIs want for the schema of an answer.
const answerSchema = "answer"

// objectOf returns the members of an object that [exchange.Check] has seen to be
// one. Their values stay as they are written: a service has the members of an answer
// come in the order of the schema's properties, which a map would lose.
func objectOf(schema json.RawMessage) map[string]any {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(schema, &members); err != nil {
		panic("openai: a checked schema is no object: " + err.Error())
	}
	object := make(map[string]any, len(members))
	for name, value := range members {
		object[name] = value
	}
	return object
}

// dataURL writes an image as RFC 2397 has it.
func dataURL(i *turncoat.Image) string {
	return "data:" + i.MediaType + ";base64," + base64.StdEncoding.EncodeToString(i.Data)
}
