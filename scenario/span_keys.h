// How a scenario writes a length of time that it may leave to chance: 10s, {exponential: {mean:
// 10s}}; and how often something comes: 5/s.
#pragma once

#include "scenario/facts.h"
#include "scenario/scenario.h"
#include "scenario/yaml_reader.h"

namespace troupe::scenario {

// Also of what is no span: of the latencies of a network.
Format<Uniform> uniform();
Format<Constant> constant();

Format<Span> span();           // 0s or longer
Format<Span> positive_span();  // of which no constant and no scale is 0s
Format<Rate> rate();

KeyTable<Span> span_keys();
// Longer ones than as latencies of a network.
KeyTable<Exponential> exponential_span_keys();
KeyTable<Pareto> pareto_span_keys();
KeyTable<Lognormal> lognormal_span_keys();
KeyTable<Weibull> weibull_keys();
KeyTable<Rate> rate_keys();

// "5/s", "0.5/m": how many a second.
Parsed<double> parse_frequency(std::string_view text);

}  // namespace troupe::scenario
