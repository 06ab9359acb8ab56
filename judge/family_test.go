package judge

import (
	"slices"
	"strings"
	"testing"
)

// Families are told from names, whichever service offers the model.
func TestFamilies(t *testing.T) {
	for model, want := range map[string][]string{
		"anthropic/claude-opus-4-1":                         {"anthropic"},
		"openrouter/anthropic/claude-sonnet-4.5":            {"anthropic"},
		"openrouter/Anthropic/some-new-name":                {"anthropic"},
		"openai-chat/claude-sonnet":                         {"anthropic"},
		"openai/gpt-4.1":                                    {"openai"},
		"openrouter/openai/o3-mini":                         {"openai"},
		"openai/some-new-name":                              {"openai"},
		"openai-chat/some-new-name":                         nil,
		"ollama/gpt-oss:20b":                                {"openai"},
		"ollama/llama3.3:70b":                               {"meta"},
		"openrouter/meta-llama/other":                       {"meta"},
		"openrouter/x-ai/grok-4":                            {"xai"},
		"openrouter/deepseek/deepseek-r1-distill-llama-70b": {"deepseek", "meta"},
		"standin/claude-opus-4":                             nil,
		"vllm/alpaca-o1x":                                   nil,
	} {
		if got := familiesOf(model); !slices.Equal(got, want) {
			t.Errorf("familiesOf(%q) = %q, want %q", model, got, want)
		}
	}
}

func TestRelatedTo(t *testing.T) {
	models := []string{"anthropic/claude-opus-4-1", "openrouter/anthropic/claude-3-haiku", "openai/gpt-4.1", "vllm/own", "standin/claude-opus-4"}
	for judge, want := range map[string][]string{
		"rules":                       nil,
		"human:ann":                   nil,
		"google/gemini-2.5-pro":       nil,
		"anthropic/claude-sonnet-4-5": {"anthropic/claude-opus-4-1", "openrouter/anthropic/claude-3-haiku"},
		"reader:openrouter/anthropic/claude-sonnet-4.5/2": {"anthropic/claude-opus-4-1", "openrouter/anthropic/claude-3-haiku"},
		"lynch2025:claude-sonnet-4":                       {"anthropic/claude-opus-4-1", "openrouter/anthropic/claude-3-haiku"},
		"panel:majority(rules,openai/o3,vllm/own)":        {"openai/gpt-4.1", "vllm/own"},
		"standin/claude-opus-4":                           nil,
	} {
		var got []string
		for _, r := range RelatedTo(judge, models) {
			got = append(got, r.Model)
		}
		if !slices.Equal(got, want) {
			t.Errorf("RelatedTo(%q) = %q, want %q", judge, got, want)
		}
		if note := RelatedNote(judge, models); (note == "") != (len(want) == 0) || len(want) > 0 && !strings.Contains(note, want[0]) {
			t.Errorf("the note of %q is %q", judge, note)
		}
	}
}
