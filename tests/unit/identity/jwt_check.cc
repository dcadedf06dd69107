// jwt_check JWKS ISSUER AUDIENCE NOW: verifies the tokens on standard input, one a line, for tests
// in other languages. Answers each with one line: "accepted", the subject and the claims
// (NAME=VALUE,VALUE), with tabs between; or the refusal.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "identity/jwt.h"

namespace {

std::string describe(const sluice::identity::Claims& claims) {
    std::string line = "accepted\t" + claims.subject;
    for (const auto& claim : claims.list) {
        line += '\t' + claim.name + '=';
        for (std::size_t i = 0; i < claim.values.size(); ++i)
            line += (i == 0 ? "" : ",") + claim.values[i];
    }
    return line;
}

}  // namespace

int main(int argc, char** argv) {
    using namespace sluice::identity;
    if (argc != 5) return 2;
    std::ifstream file(argv[1], std::ios::binary);
    const auto keys = Keys::parse(std::string(std::istreambuf_iterator<char>(file), {}));
    if (!keys) {
        std::fprintf(stderr, "jwt_check: %s\n", keys.error().context.c_str());
        return 1;
    }
    const Expectations expected{
        argv[2], {argv[3]}, std::chrono::seconds(30), std::chrono::seconds(0), TokenType::any_jwt};
    for (std::string token; std::getline(std::cin, token);) {
        const Verdict verdict = verify(token, *keys, expected, std::stoll(argv[4]));
        const auto* claims = std::get_if<Claims>(&verdict);
        std::cout << (claims != nullptr ? describe(*claims) : name(std::get<Refusal>(verdict)))
                  << '\n';
    }
    return 0;
}
