"""The versions that the gateway has come with, each with the text it had when it was released: none is ever edited.

`mappings/released.lock` and a mapping could be changed together, and every check would be content; a gateway that had
run the first text would refuse to start. So what was released is written down a second time, here, where a line that
goes or changes can only be a mistake. Add a line for what is newly released. Never edit one, never take one out: write
the next version of the mapping instead.
"""

from pathlib import Path
from typing import Final

from gateway.mapping.lock import FILE

SHIPPED = Path(__file__).parents[3] / "mappings"

RELEASED: Final = """\
acme/810@1 sha256:f2c3f09be3b425530968f996b129bc13c189e1de7fef1866415aca3c5919116f
acme/850@1 sha256:7e9f7d17cfbb72b1ded466466b6d7be86e15352995d52dcaf5f5820459acce74
acme/855@1 sha256:731914f058f617c8df8160fc9c3b75fae2c1a80d1e6417abe6cdb0bb85a878db
acme/856@1 sha256:d4ba69e7499fe24d3b1ee9f666154b37a9f86469334ce583aa0d3bfbe4fb580e
acme/860@1 sha256:6f5f5ae7d1a2986a6ca068be7d64fbf0d74a15ebab4d7bd74e67515e89358445
bolt/850@1 sha256:bc26d8580870f63a9330044143e7f528c8c4b1e62e4fcd7f74fc762b7d767caf
fernhill/850@1 sha256:9b2ad0916f94c11af36b104000a5671b0e8f4d1e1e289dfeeb6f7893aea6b840
fernhill/855@1 sha256:dd1fcddf32e25da7a621828a5b51bb2b8c0696b982d0ce45a422ebf377e0b630
fernhill/855@2 sha256:5c1b2d98306f9dc2aee23260db9e79944a2667f62209ce5bf611e5226c713130
fernhill/856@1 sha256:6fe24abb2ffe16133bec90a08548c06c9b944f20d0c62428375fe9d13ab4c264
fernhill/875@1 sha256:8ca38b83249fc99ea631882b7ba5c0b2b2e23dd0f075038a846d271c500cf237
fernhill/880@1 sha256:7bd1b423b5eb21a0bde9a87d3157f32dfa2652561a6c5ee64f2e80b19be1e461
kestrel/810@1 sha256:e56e42c52a138fcdd41d18080339793860a51c76bda929c6d70b756881524a6b
kestrel/850@1 sha256:ee8fb17b42a43507074f2b0787092ae79280b8a12e3d3491b5e98401803cc91e
kestrel/855@1 sha256:2cca242ed36f82835ed6dbe618dbb8d17cd01cfe3bcb2460c6213f772f2ec822
kestrel/856@1 sha256:b57be2e0912a05bb50e1a2cec4fb0d55508a36dbac1b262992bf020be71fa977
northgate/846@1 sha256:20845ad8049fd08ec6b7071d766b836d7ba1b34b8586cbe022cceed57a711a90
northgate/940@1 sha256:0eeeb638fd5f782a955ab64c0204daf4f16a56d2b8e079fcc77aafbf2fb29028
northgate/943@1 sha256:4496bae4729cac0a4f9c8c1c5c4f72598dde28c79e65cf1accedb0bad3c2f00e
northgate/944@1 sha256:c3f0518166cefee9f79f6538f3bea038e106060784449ebd36dc28922cc4ff47
northgate/945@1 sha256:8bdbbc67c22d312eb9ae9b555c8f360f2c8d945cab2bb7e734746071feb0d8e7
northgate/947@1 sha256:66d52451ccc33ffb74248ee976bf3736fa2160879302f70b2c6258638aa2435e
x12/810@1 sha256:6880debd950a0bd5f85914b8db7b740db33308b3d0c47fbd7c79ccaaeff666ae
x12/812@1 sha256:7256bb513070aca3d3edc33405cbda25c7349b87421578a41e1cced51555403e
x12/820@1 sha256:39fdff9ab24bb5a51eb294c00bd52eccb1692879d823aa59ac217279953157b3
x12/824@1 sha256:6d9129affafc634c241c44ec7ffa663c9041818a708fca4a488b18b58e1ac77a
x12/846@1 sha256:46bc52df1fa9863d443089abf4f952e5e90406d7ab8ef795dca6ffae3fa68df0
x12/850@1 sha256:866db9c384441ecb14c782fe57b1effd4a9f87ef99f94ac833bd6d0283919d78
x12/855@1 sha256:bedd9ddb932c140710224b7650c0de3111842f4a187d5ca7daa0cdaf9db42e7f
x12/856@1 sha256:008e3535925127f9cf1af44602675c3aae68e0d28a2b97f11a00f140ce22128a
x12/860@1 sha256:16032c3290478ff2e83f5d4c61694717309f66a63f68139bdee95df6cbe9beb0
x12/865@1 sha256:5fbeabc4b7cb2e744e25ad3d1357a3ad883f3f13cc711fdac6196e79b0110250
x12/875@1 sha256:5c22e28424fad7bb447a6821a2202d2ff8662aa3b86f906521d6cfd5c69e5142
x12/880@1 sha256:ed53f1c7f7ae3c8f5ddde43bed9484354f630b42c29ee632fcc1cdfa117c2b3b
x12/940@1 sha256:ae0961dc5f58118a0d34cf5bb2153f568330b6a2b2bfa0c2c2a047f1533544f8
x12/943@1 sha256:c187d5bf0a0150b214cfaa0c93880fdee856e4bfaaa17696589b64c5eda12b7f
x12/944@1 sha256:0fbf8579ebdb822737517174770fbdd86245dbecca37b5fe1e3135d1f43e0351
x12/945@1 sha256:2816f3033793179119827ba9afc73395cf266ba051eb46eddd5123aa21923818
x12/947@1 sha256:ae62e0805693663dc40fabe1425c76960aa063af3f98b2d7fc20dd97d543c51c
"""


def test_what_was_released_once_is_released_with_the_same_text_for_ever() -> None:
    now = (SHIPPED / FILE).read_text(encoding="utf-8").splitlines()

    lost = [line.split()[0] for line in RELEASED.splitlines() if line not in now]
    assert lost == [], "put the mapping and its line back as they were, and write the next version beside it"


def test_what_is_newly_released_is_written_down_here_too() -> None:
    now = (SHIPPED / FILE).read_text(encoding="utf-8")

    assert sorted(RELEASED.splitlines()) == sorted(now.splitlines()), "add its line here: from now on it stays"
