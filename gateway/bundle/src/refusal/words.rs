//! Refusals in Chinese, and what to do about each.

use super::Refusal;

/// Get the file again.
const AGAIN: (&str, &str) = (
    "请向提交方重新索取文件，并核对其SHA-256",
    "get the file again from whoever handed it in, and compare its SHA-256",
);
/// Pack it anew.
const REPACK: (&str, &str) = (
    "请编写部门用 gateway adapter pack 重新打包并签名",
    "have its author pack and sign it again: gateway adapter pack, sign",
);
/// Admit it anew.
const READMIT: (&str, &str) = (
    "请数据管理部门核对后重新准入：gateway adapter admit --again",
    "have the data office look at it and admit it again: gateway adapter admit --again",
);

impl Refusal {
    /// The reason in Chinese.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::NotABundle => "该文件不是适配器包".to_owned(),
            Self::TooLarge { bytes } => format!("文件有{bytes}字节，超过适配器包的上限"),
            Self::Truncated { entry } => format!("文件不完整，在{entry}处中断"),
            Self::Path { entry } => format!("条目{entry:?}指向包外路径"),
            Self::Stranger { entry } => format!("条目{entry:?}不属于适配器包"),
            Self::Twice { entry } => format!("条目{entry:?}重复"),
            Self::EntryTooLarge { entry, bytes, most } => {
                format!("条目{entry}有{bytes}字节，上限为{most}")
            }
            Self::Missing { entry } => format!("缺少条目{entry}"),
            Self::Form { place, why } => format!("{place}格式不符：{why}"),
            Self::PayloadType { entry, found } => format!("{entry}的载荷类型{found:?}未知"),
            Self::Signatures { entry, count } => format!("{entry}有{count}个签名，应为1个"),
            Self::Changed { entry } => format!("{entry}已被改动，与编写部门声明的摘要或大小不符"),
            Self::Mismatch {
                what,
                stated,
                found,
            } => {
                format!("声明与清单不一致：{what}声明为{stated}，清单为{found}")
            }
            Self::Contract { asked, served } => {
                format!("适配器所用契约版本为{asked:?}，本网关支持{served}")
            }
            Self::Manifest { why } => format!("清单adapter.toml不可用：{why}"),
            Self::Import { name } => format!("组件引入了{name:?}，适配器只允许引入\"log\""),
            Self::Component { why } => format!("组件adapter.wasm不可用：{why}"),
            Self::NotSigned => "没有编写部门的签名".to_owned(),
            Self::NotAdmitted => "没有数据管理部门的准入签名".to_owned(),
            Self::Older {
                name,
                version,
                newest,
                on,
            } => {
                format!("{name} {version}低于{on}已接收的版本{newest}")
            }
            Self::OtherContent { name, version, on } => {
                format!("{name} {version}已于{on}接收过，但内容不同")
            }
            who => who.zh_of_keys(),
        }
    }

    /// Those that are about keys.
    fn zh_of_keys(&self) -> String {
        match self {
            Self::KeyUnknown { role, key } => {
                format!("{}的密钥{key}不在信任库中", role.zh())
            }
            Self::KeyRole {
                role,
                holds,
                key,
                name,
            } => {
                let (role, holds) = (role.zh(), holds.zh());
                format!("{role}签名所用密钥{key}属于{name}，该密钥只受信为{holds}")
            }
            Self::KeyRevoked {
                role,
                key,
                name,
                on,
                reason,
            } => {
                format!("{}{name}的密钥{key}已于{on}吊销：{reason}", role.zh())
            }
            Self::KeyExpired {
                role,
                key,
                name,
                until,
                on,
            } => {
                format!(
                    "{}{name}的密钥{key}有效期至{until}，使用日为{on}",
                    role.zh()
                )
            }
            Self::KeyEarly {
                role,
                key,
                name,
                from,
                on,
            } => {
                format!("{}{name}的密钥{key}自{from}起有效，使用日为{on}", role.zh())
            }
            Self::Signature { role, key } => {
                format!("{}的签名不是密钥{key}对本包的签名", role.zh())
            }
            Self::NotAllowed {
                name,
                adapter,
                allowed,
            } => {
                format!("{name}无权签署适配器{adapter:?}，只可签署{allowed}")
            }
            Self::SameKey { key } => {
                format!("编写与准入使用同一密钥{key}，不得自写自准")
            }
            Self::OtherAdmitted {
                name,
                version,
                author,
            } => {
                format!("准入的是{author}签署的{name} {version}，不是本包")
            }
            other => other.to_string(),
        }
    }

    /// What to do, in Chinese and in English.
    #[must_use]
    pub const fn remedy(&self) -> (&'static str, &'static str) {
        match self {
            Self::NotABundle | Self::TooLarge { .. } => (
                "请提供 gateway adapter pack 生成的 .adapter 文件",
                "hand in the .adapter file that gateway adapter pack makes",
            ),
            Self::Truncated { .. } | Self::Changed { .. } | Self::Signature { .. } => AGAIN,
            Self::Path { .. }
            | Self::Stranger { .. }
            | Self::Twice { .. }
            | Self::EntryTooLarge { .. }
            | Self::Missing { .. }
            | Self::Form { .. }
            | Self::PayloadType { .. }
            | Self::Signatures { .. }
            | Self::Mismatch { .. } => REPACK,
            Self::Contract { .. } => (
                "请用与本网关契约一致的SDK重新构建，或升级网关",
                "build it with an SDK of a served contract, or upgrade the gateway",
            ),
            Self::Manifest { .. } => (
                "请更正adapter.toml后重新打包并签名",
                "correct adapter.toml, then pack and sign again",
            ),
            Self::Import { .. } | Self::Component { .. } => (
                "请用SDK以 wasm32-unknown-unknown 为目标重新构建",
                "build it with the SDK for wasm32-unknown-unknown",
            ),
            Self::NotSigned => (
                "请编写部门签名：gateway adapter sign BUNDLE --key KEY",
                "have its author sign it: gateway adapter sign BUNDLE --key KEY",
            ),
            Self::NotAdmitted => (
                "请数据管理部门准入：gateway adapter admit BUNDLE --key KEY",
                "have the data office admit it: gateway adapter admit BUNDLE --key KEY",
            ),
            Self::KeyUnknown { .. } => (
                "请当面核对指纹后添加公钥：gateway trust add KEY.pub",
                "compare the fingerprint with its owner, then: gateway trust add KEY.pub",
            ),
            Self::KeyRole { .. } | Self::SameKey { .. } => (
                "请由相应角色的密钥重新签名",
                "have it signed by a key of that role",
            ),
            Self::KeyRevoked { .. } | Self::KeyExpired { .. } | Self::KeyEarly { .. } => (
                "请用有效密钥重新签名并准入：sign --again、admit --again",
                "have it signed and admitted again by valid keys: sign --again, admit --again",
            ),
            Self::NotAllowed { .. } => (
                "请由有权部门签名，或在信任库中为该密钥增加该适配器名",
                "have it signed by who may, or allow the name for the key in the trust store",
            ),
            Self::OtherAdmitted { .. } => READMIT,
            Self::Older { .. } => (
                "请安装更新的版本；确需降级时明确加上 --downgrade",
                "install a newer version, or say --downgrade if an older one is meant",
            ),
            Self::OtherContent { .. } => (
                "请编写部门提高版本号后重新打包",
                "have its author raise the version and pack it again",
            ),
        }
    }
}
