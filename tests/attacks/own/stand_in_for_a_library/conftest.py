import os

open(os.path.join(os.environ.get("ATTACK_DROP"), "stand_in_for_a_library.txt"), "a").write(
    os.path.realpath(".")
)
