# Troupe in a container: the program, its scenarios, and the library with what builds an algorithm.
#
#   docker build --tag troupe .
#   docker run --rm troupe sim /usr/share/troupe/scenarios/chord_ring.yaml
#   docker run --rm --volume "$PWD:/work" --workdir /work --entrypoint bash troupe -c \
#     'cmake -S . -B build -DCMAKE_CXX_COMPILER=clang++-19 && cmake --build build'
#
# The folder must be a clone: its commit is what --version tells.
FROM debian:bookworm AS build
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates git
COPY . /troupe
WORKDIR /troupe
RUN tools/package --out /packages

FROM debian:bookworm
COPY --from=build /packages/*.deb /packages/
RUN apt-get update \
  && apt-get install --yes --no-install-recommends /packages/*.deb cmake make \
  && rm -rf /var/lib/apt/lists/*
ENTRYPOINT ["troupe"]
